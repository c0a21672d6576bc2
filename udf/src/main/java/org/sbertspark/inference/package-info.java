/**
 * Texts to vectors on one machine: tokenisation, batches, the engine, the models of this JVM and
 * their files. The only package that knows DJL; knows nothing of Spark.
 */
package org.sbertspark.inference;
