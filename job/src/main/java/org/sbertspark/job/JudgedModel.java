package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.EmbeddingTotals;
import org.sbertspark.ml.ResolvedModel;

/**
 * What tasks say of a model.
 *
 * @param name the model's
 * @param embedding how its vectors were made
 * @param totals of all texts
 * @param results in the order of the tasks
 */
record JudgedModel(String name, Embedding embedding, EmbeddingTotals totals, List<Result> results) {

  JudgedModel {
    results = List.copyOf(results);
  }

  /**
   * What a task says.
   *
   * @param seconds without embedding
   */
  record Result(NamedTask task, TaskScores scores, double seconds) {}

  /**
   * Judges a model.
   *
   * @param source where it was found, as the user says
   * @param evaluations of the tasks, in the same order
   */
  static JudgedModel of(
      String source,
      ResolvedModel resolved,
      List<NamedTask> tasks,
      List<Evaluation> evaluations,
      EmbedderOptions encoding,
      SparkSession spark,
      PrintWriter err) {
    ModelBundle bundle = resolved.bundle();
    ExecutorMemory.of(spark.sparkContext(), bundle, encoding.tokensOfAPass(bundle)).tell(err);
    try (EvaluationVectors vectors =
        EvaluationVectors.of(evaluations, bundle, encoding, spark, err)) {
      Warnings.truncation(vectors.totals(), encoding.maxSeqLength(bundle), err);
      Warnings.halvings(vectors.totals(), err);
      List<Result> results = new ArrayList<>();
      for (int i = 0; i < tasks.size(); i++) {
        long start = System.nanoTime();
        TaskScores scores = evaluations.get(i).evaluate(vectors);
        results.add(new Result(tasks.get(i), scores, (System.nanoTime() - start) / 1e9));
      }
      return new JudgedModel(
          bundle.name(), encoding.embedding(source, resolved), vectors.totals(), results);
    }
  }

  /** The mean of the main scores, each counting the same. */
  double mean() {
    return results.stream().mapToDouble(result -> result.scores.main()).average().orElseThrow();
  }

  /** Name and fingerprint. */
  String title() {
    return "%s (%s)".formatted(name, Embedding.brief(embedding.fingerprint()));
  }
}
