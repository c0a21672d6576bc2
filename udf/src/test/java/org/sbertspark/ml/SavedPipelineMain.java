package org.sbertspark.ml;

import java.util.List;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.sbertspark.Golden;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.testing.SparkTestSession;

/**
 * Loads the pipeline named by its argument in a JVM of its own, embeds the golden texts, and prints
 * the largest difference from the reference and the number of model loads.
 */
final class SavedPipelineMain {
  private SavedPipelineMain() {}

  public static void main(String[] args) {
    SparkTestSession.get();
    Golden golden = Golden.read(Golden.ROBERTA);
    List<Row> rows =
        PipelineModel.load(args[0])
            .transform(Texts.numbered(golden.texts(), 4))
            .orderBy("id")
            .collectAsList();
    double largest = 0;
    for (int i = 0; i < rows.size(); i++) {
      float[] vector = Texts.floats(rows.get(i).<Vector>getAs("embedding"));
      largest = Math.max(largest, Golden.difference(golden.vectors()[i], vector));
    }
    System.out.printf("difference %.1e loads %d%n", largest, SharedModels.loads());
  }
}
