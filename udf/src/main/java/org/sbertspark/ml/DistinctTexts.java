package org.sbertspark.ml;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.raise_error;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.unhex;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.model.TextCanonicalizer;

/**
 * The distinct texts of a table, to embed each of them once, and the way back to all rows: for
 * tables in which many texts occur often and far apart. (Equal texts near one another are computed
 * once anyway, see {@link SentenceEmbedder#windowRows()}.)
 *
 * <pre>{@code
 * try (DistinctTexts distinct = DistinctTexts.of(table, embedder)) {
 *   distinct.embed(distinct.texts().repartition(64), stats).write()…
 * }
 * }</pre>
 *
 * <p>Texts are equal if the model cannot tell them apart: blanks around them count for nothing, nor
 * does their case for a model that lowers it (with a prompt, texts are equal only as they stand).
 * They are grouped by themselves, so nothing rests on a hash there; rows find their vector by the
 * SHA-256 of their text, for which nobody knows two texts, accidental or made on purpose.
 *
 * <p>A text that occurs a million times harms no task: counting adds up before it shuffles, and the
 * vectors of the most frequent texts, at most a thousand, are sent to all executors instead of
 * bringing their rows together in one. The same goes for rows without a text.
 *
 * <p>The table is read twice and must be the same both times; a row whose text was not there before
 * fails the job. The rows' order is lost. Not for streams.
 */
public final class DistinctTexts implements AutoCloseable {
  /** Rows of one text that a task may well have. */
  private static final long ROWS_OF_ONE_TASK = 10_000;

  /** And a text that has a thousandth of all rows is frequent where there are more. */
  private static final long MAX_FREQUENT_TEXTS = 1000;

  /** The partitions of the frequent texts are counted behind all others. */
  private static final int FREQUENT_PARTITIONS = 1 << 30;

  private static final String KEY = "key";
  private static final String VECTOR_KEY = "vector_key";
  private static final String VECTOR = "vector";

  private final StructType schema;

  /** Under the positions of its columns: two may have one name. */
  private final Dataset<Row> table;

  private final SentenceEmbedder embedder;
  private final Dataset<Row> counted;
  private final Column key;
  private final List<byte[]> frequent;
  private final long texts;
  private final long nulls;

  private DistinctTexts(
      StructType schema,
      Dataset<Row> table,
      SentenceEmbedder embedder,
      Dataset<Row> counted,
      Column key,
      List<byte[]> frequent,
      long texts,
      long nulls) {
    this.schema = schema;
    this.table = table;
    this.embedder = embedder;
    this.counted = counted;
    this.key = key;
    this.frequent = frequent;
    this.texts = texts;
    this.nulls = nulls;
  }

  /**
   * Counts the texts: a pass over the table and a shuffle of its distinct texts, which are kept in
   * memory and on disk until {@link #close}.
   *
   * @param embedder says which column and model; not to be changed until this is closed
   * @throws IllegalArgumentException if the table does not suit the embedder, or if a text is null
   *     and its handleInvalid is {@code error}
   */
  public static DistinctTexts of(Dataset<?> table, SentenceEmbedder embedder) {
    return of(table, embedder, ROWS_OF_ONE_TASK);
  }

  /**
   * As {@link #of(Dataset, SentenceEmbedder)}.
   *
   * @param rowsOfOneTask texts with more rows are frequent
   */
  static DistinctTexts of(Dataset<?> table, SentenceEmbedder embedder, long rowsOfOneTask) {
    if (table.isStreaming()) {
      throw new IllegalArgumentException(
          "Cannot find the distinct texts of a stream: it has no end; embed it as it is");
    }
    if (embedder.isDefined(embedder.outcomeCol())) {
      throw new IllegalArgumentException(
          "Cannot tell the outcome of each row (outcomeCol) where only distinct texts are embedded;"
              + " clear one of them");
    }
    StructType schema = table.schema();
    embedder.transformSchema(schema);
    int textIndex = embedder.textIndex(schema);
    Dataset<Row> positions = table.toDF(SentenceEmbedder.byPosition(schema).fieldNames());
    Column text = canonical(col(SentenceEmbedder.position(textIndex)), embedder);
    String name = embedder.getInputCol();
    String counts = countColumn(embedder);
    Dataset<Row> counted =
        positions
            .select(text.as(name))
            .groupBy(quoted(name))
            .agg(count("*").as(counts))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Column times = col(counts);
      Row sums =
          counted
              .agg(
                  coalesce(sum(times), lit(0L)),
                  coalesce(sum(when(quoted(name).isNull(), times)), lit(0L)),
                  count(quoted(name)))
              .first();
      long rows = sums.getLong(0);
      long nulls = sums.getLong(1);
      if (nulls > 0 && embedder.getHandleInvalid().equals(HandleInvalid.ERROR.label())) {
        throw new IllegalArgumentException(
            ("Cannot embed column \"%s\": %d of %d texts are null and handleInvalid is error; filter"
                    + " such rows, or set keep or skip")
                .formatted(name, nulls, rows));
      }
      long many = Math.max(rowsOfOneTask, rows / MAX_FREQUENT_TEXTS);
      List<byte[]> frequent =
          counted
              .filter(times.gt(many).and(quoted(name).isNotNull()))
              .select(hash(quoted(name)))
              .collectAsList()
              .stream()
              .map(row -> (byte[]) row.get(0))
              .toList();
      return new DistinctTexts(
          schema, positions, embedder, counted, hash(text), frequent, sums.getLong(2), nulls);
    } catch (RuntimeException e) {
      counted.unpersist();
      throw e;
    }
  }

  /** The text as the model sees it. */
  private static Column canonical(Column text, SentenceEmbedder embedder) {
    ModelBundle bundle = embedder.resolveModel();
    if (!bundle.framesTexts() || !embedder.chosenPrompt(bundle).isEmpty()) {
      return text;
    }
    boolean lowerCase = bundle.description().doLowerCase();
    UDF1<String, String> canonical =
        given -> given == null ? null : TextCanonicalizer.canonical(given, lowerCase);
    return udf(canonical, DataTypes.StringType).apply(text);
  }

  private static Column hash(Column text) {
    return unhex(sha2(text.cast(DataTypes.BinaryType), 256));
  }

  /** A name that is free beside the text and the vector. */
  private static String countColumn(SentenceEmbedder embedder) {
    return Stream.of("rows", "times", "count")
        .filter(name -> !name.equalsIgnoreCase(embedder.getInputCol()))
        .filter(name -> !name.equalsIgnoreCase(embedder.getOutputCol()))
        .findFirst()
        .orElseThrow();
  }

  private static Column quoted(String name) {
    return col(ColumnNames.quoted(name));
  }

  /** How many texts there are; null is none. */
  public long distinctTexts() {
    return texts;
  }

  /**
   * The texts that {@link #embed} has to be given, each once, null too if there is one: the
   * embedder's text column, and how many rows have the text. Put them into as many partitions as
   * suit.
   */
  public Dataset<Row> texts() {
    Column text = quoted(embedder.getInputCol());
    return frequent.isEmpty()
        ? counted
        : counted.filter(text.isNull().or(not(isFrequent(hash(text)))));
  }

  /**
   * The rows of the table with their vectors. The frequent texts are embedded right away, which
   * takes as long as a thousand texts at most; all others by the action that reads the rows.
   *
   * @param texts of {@link #texts()}, in partitions of your choice
   * @param stats of this call alone; they count rows of the table, as if each had been embedded
   */
  public Dataset<Row> embed(Dataset<Row> texts, EmbeddingStats stats) {
    Dataset<Row> vectors = vectors(embedder.transform(texts, 1, stats, 0));
    boolean skipsNulls = embedder.getHandleInvalid().equals(HandleInvalid.SKIP.label());
    Dataset<Row> keyed = table.withColumn(KEY, key);
    Dataset<Row> rows = skipsNulls ? keyed.filter(col(KEY).isNotNull()) : keyed;
    if (frequent.isEmpty() && nulls == 0) {
      return named(withVectors(rows, vectors.hint("shuffle_merge")));
    }
    Column stays = col(KEY).isNull().or(isFrequent(col(KEY)));
    return named(
        withVectors(rows.filter(not(stays)), vectors.hint("shuffle_merge"))
            .unionByName(withVectors(rows.filter(stays), broadcast(frequentVectors(stats)))));
  }

  /** A small table on the driver: a broadcast that had to be computed first might time out. */
  private Dataset<Row> frequentVectors(EmbeddingStats stats) {
    Column text = quoted(embedder.getInputCol());
    Dataset<Row> vectors =
        vectors(
            embedder.transform(
                counted.filter(isFrequent(hash(text))), 1, stats, FREQUENT_PARTITIONS));
    return table.sparkSession().createDataFrame(vectors.collectAsList(), vectors.schema());
  }

  private Dataset<Row> vectors(Dataset<Row> embedded) {
    return embedded.select(
        hash(quoted(embedder.getInputCol())).as(VECTOR_KEY),
        quoted(embedder.getOutputCol()).as(VECTOR));
  }

  private Column isFrequent(Column hash) {
    return hash.isInCollection(frequent);
  }

  private static Dataset<Row> withVectors(Dataset<Row> rows, Dataset<Row> vectors) {
    return rows.join(vectors, col(KEY).equalTo(col(VECTOR_KEY)), "left_outer")
        .withColumn(
            VECTOR,
            when(
                    col(KEY).isNotNull().and(col(VECTOR_KEY).isNull()),
                    raise_error(
                        lit(
                            "A row's text was not there when the texts were counted: the input has"
                                + " changed meanwhile; run again")))
                .otherwise(col(VECTOR)))
        .drop(KEY, VECTOR_KEY);
  }

  private Dataset<Row> named(Dataset<Row> rows) {
    StructField[] fields = embedder.transformSchema(schema).fields();
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      String column = i < schema.size() ? SentenceEmbedder.position(i) : VECTOR;
      columns.add(col(column).as(fields[i].name(), fields[i].metadata()));
    }
    return rows.select(columns.toArray(Column[]::new));
  }

  /** Forgets the texts; datasets that {@link #embed} gave are then of no use any more. */
  @Override
  public void close() {
    counted.unpersist();
  }
}
