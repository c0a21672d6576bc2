package org.sbertspark.job;

import java.util.function.Function;
import org.apache.spark.ml.Transformer;
import org.sbertspark.job.ClusterAssignment.Rule;

/**
 * A fitted clustering.
 *
 * @param centers {@code [clusters][dimension]}, perhaps fewer than were asked for; with the cosine
 *     distance of length one
 * @param rule which of them a vector belongs to
 * @param stage the same as a stage of Spark ML that reads the column of this name
 */
record ClusterModel(double[][] centers, Rule rule, Function<String, ? extends Transformer> stage) {}
