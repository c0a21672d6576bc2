package org.sbertspark.job;

import java.io.PrintWriter;
import org.apache.spark.sql.SparkSession;

/** What is asked of a model. */
enum EvaluationTask implements Choice {
  /** Does the similarity of pairs rise with what people say? */
  STS {
    @Override
    Evaluation open(TaskOptions options, SparkSession spark, PrintWriter err) {
      return StsEvaluation.of(JudgedPairs.open(options, spark, err));
    }
  },

  /** Does the similarity tell pairs of two kinds apart? */
  PAIRS {
    @Override
    Evaluation open(TaskOptions options, SparkSession spark, PrintWriter err) {
      return PairEvaluation.of(JudgedPairs.open(options, spark, err));
    }
  },

  /** Do clusters of the vectors agree with labels? */
  CLUSTERING {
    @Override
    Evaluation open(TaskOptions options, SparkSession spark, PrintWriter err) {
      return ClusteringEvaluation.open(options, spark, err);
    }
  },

  /** Are the relevant documents those nearest to a query? */
  RETRIEVAL {
    @Override
    Evaluation open(TaskOptions options, SparkSession spark, PrintWriter err) {
      return new RetrievalEvaluation(BeirFolder.open(options, spark));
    }
  },

  /** Are the right ones of given candidates nearest to a query? */
  RERANKING {
    @Override
    Evaluation open(TaskOptions options, SparkSession spark, PrintWriter err) {
      return RerankingEvaluation.open(options, spark, err);
    }
  };

  /**
   * Opens the data; what is wrong with files and columns shows here.
   *
   * @throws JobException if the data is missing or not what the task needs
   */
  abstract Evaluation open(TaskOptions options, SparkSession spark, PrintWriter err);

  @Override
  public String toString() {
    return label();
  }
}
