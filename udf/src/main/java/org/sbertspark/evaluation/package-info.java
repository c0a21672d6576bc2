/**
 * Metrics that say how good vectors are, as the reference libraries define them, and readers of the
 * lines that benchmarks consist of. Knows no Spark.
 */
package org.sbertspark.evaluation;
