package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.training.DevSet;
import org.sbertspark.training.DevSet.ScoredTexts;

/** Tables of pairs that a model in training is judged by. */
public final class DevTable {
  private static final String SCORE = "score";
  private static final String FIRST = "sentence1";
  private static final String SECOND = "sentence2";

  /** They are sent to the executor that trains, and all encoded at each evaluation. */
  private static final int MAX_PAIRS = 100_000;

  private DevTable() {}

  /**
   * Collects the pairs; those without a score or a text are left out.
   *
   * @param pairs with the columns {@code score}, a number, {@code sentence1} and {@code sentence2},
   *     strings
   * @throws IllegalArgumentException if a column is missing or of another type, or there are too
   *     few pairs, or too many
   */
  public static DevSet read(Dataset<Row> pairs) {
    requireColumn(pairs.schema(), SCORE, "a number", NumericType.class);
    requireColumn(pairs.schema(), FIRST, "a string", StringType.class);
    requireColumn(pairs.schema(), SECOND, "a string", StringType.class);
    Dataset<Row> whole =
        pairs.select(col(SCORE).cast(DataTypes.DoubleType), col(FIRST), col(SECOND)).na().drop();
    List<ScoredTexts> scored = new ArrayList<>();
    for (Row row : whole.takeAsList(MAX_PAIRS + 1)) {
      scored.add(new ScoredTexts(row.getDouble(0), row.getString(1), row.getString(2)));
    }
    if (scored.size() > MAX_PAIRS) {
      throw new IllegalArgumentException(
          "The dev set has more than %,d pairs; give some of them".formatted(MAX_PAIRS));
    }
    return new DevSet(scored);
  }

  private static void requireColumn(
      StructType schema, String name, String expected, Class<? extends DataType> type) {
    boolean found =
        Arrays.stream(schema.fields())
            .anyMatch(
                field ->
                    StageParams.sameName(field.name(), name) && type.isInstance(field.dataType()));
    if (!found) {
      throw new IllegalArgumentException(
          "The dev set has no column \"%s\" that is %s, it is %s"
              .formatted(name, expected, schema.simpleString()));
    }
  }
}
