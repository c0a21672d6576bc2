/**
 * Sentence embeddings as Spark operations: a stage of a Spark ML pipeline and SQL functions.
 *
 * <p>Knows the encoder only through {@code org.sbertspark.inference}; the engine behind it never
 * shows here.
 */
package org.sbertspark.ml;
