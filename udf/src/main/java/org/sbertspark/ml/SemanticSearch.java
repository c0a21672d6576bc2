package org.sbertspark.ml;

import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.similarity.Measure;

/**
 * Appends a column with the rows of an index that are nearest to a text column, by their sentence
 * embeddings: {@code array<struct<id, score: double, rank: int>>}, the nearest first, ranks from 1,
 * equally near ones by their ids. With the Euclidean measure {@code score} is {@code distance}.
 *
 * <pre>{@code
 * Dataset<Row> found =
 *     new SemanticSearch()
 *         .setModel("all-distilroberta-v1")
 *         .setIndex("embeddings")
 *         .setInputCol("question")
 *         .setOutputCol("answers")
 *         .setK(10)
 *         .transform(questions);
 * }</pre>
 *
 * <p>The index is a table in Parquet files, as {@link SentenceEmbedder} makes it. Queries are
 * embedded as its column says that it was: in its precision, cut and scaled as it is, with the
 * model's prompt {@code query} if it has one; an index of another model is refused. The search is
 * exact, see {@link SimilarityJoin}, and runs when {@code transform} is called; what it found lies
 * in Spark's storage as long as the result is in use. Equal queries are searched for once. A null
 * text gets null; one that nothing is found for gets an empty array. Rows may come in another
 * order.
 *
 * <p>A saved stage contains its model and the path of its index, not the index.
 */
public final class SemanticSearch extends Transformer implements MLWritable {
  private static final long serialVersionUID = 1L;

  public static final int DEFAULT_K = 10;

  private static final String SEARCH = "search";

  private final String uid;
  private final Param<String> model;
  private final Param<String> index;
  private final Param<String> idCol;
  private final Param<String> embeddingCol;
  private final Param<String> inputCol;
  private final Param<String> outputCol;
  private final IntParam k;
  private final Param<String> measure;
  private final Param<String> prompt;

  public SemanticSearch() {
    this(Identifiable$.MODULE$.randomUID("semanticSearch"));
  }

  /** For {@link #copy} and for loading; the uid tells stages of a pipeline apart. */
  public SemanticSearch(String uid) {
    // First of all: a Param takes its parent's uid when it is made.
    this.uid = uid;
    StageParams params = new StageParams(this);
    model = params.text("model", "model that the index was made with, as for SentenceEmbedder");
    index = params.text("index", "path of the Parquet table to search");
    idCol =
        params.text(
            "idCol", "name of the index's column of ids: whole numbers or strings, each once");
    embeddingCol = params.text("embeddingCol", "name of the index's column of vectors");
    inputCol = params.text("inputCol", "name of the column of queries, of type string");
    outputCol = params.text("outputCol", "name of the column of results, which must not exist yet");
    k = params.number("k", "results of a query at most", 1);
    measure =
        new Param<>(
            this,
            "measure",
            "by which rows are near: cosine, dot or euclidean",
            StageParams.valid("measure", "cosine, dot or euclidean", SemanticSearch::isMeasure));
    prompt =
        new Param<>(
            this,
            "prompt",
            "text in front of every query; empty for none; not set: the model's prompt \"query\" if"
                + " it has one, else its default prompt",
            StageParams.valid("prompt", "text, which may be empty", (String value) -> true));
    setDefault(idCol, "id");
    setDefault(embeddingCol, "embedding");
    setDefault(k, DEFAULT_K);
    setDefault(measure, label(Measure.COSINE));
  }

  @Override
  public String uid() {
    return uid;
  }

  public Param<String> model() {
    return model;
  }

  public Param<String> index() {
    return index;
  }

  public Param<String> idCol() {
    return idCol;
  }

  public Param<String> embeddingCol() {
    return embeddingCol;
  }

  public Param<String> inputCol() {
    return inputCol;
  }

  public Param<String> outputCol() {
    return outputCol;
  }

  public IntParam k() {
    return k;
  }

  public Param<String> measure() {
    return measure;
  }

  public Param<String> prompt() {
    return prompt;
  }

  public String getModel() {
    return getOrDefault(model);
  }

  public SemanticSearch setModel(String value) {
    set(model, value);
    return this;
  }

  public String getIndex() {
    return getOrDefault(index);
  }

  public SemanticSearch setIndex(String value) {
    set(index, value);
    return this;
  }

  public String getIdCol() {
    return getOrDefault(idCol);
  }

  public SemanticSearch setIdCol(String value) {
    set(idCol, value);
    return this;
  }

  public String getEmbeddingCol() {
    return getOrDefault(embeddingCol);
  }

  public SemanticSearch setEmbeddingCol(String value) {
    set(embeddingCol, value);
    return this;
  }

  public String getInputCol() {
    return getOrDefault(inputCol);
  }

  public SemanticSearch setInputCol(String value) {
    set(inputCol, value);
    return this;
  }

  public String getOutputCol() {
    return getOrDefault(outputCol);
  }

  public SemanticSearch setOutputCol(String value) {
    set(outputCol, value);
    return this;
  }

  public int getK() {
    return (int) getOrDefault(k);
  }

  public SemanticSearch setK(int value) {
    set(k, value);
    return this;
  }

  public String getMeasure() {
    return getOrDefault(measure);
  }

  public SemanticSearch setMeasure(String value) {
    set(measure, value);
    return this;
  }

  public String getPrompt() {
    return getOrDefault(prompt);
  }

  public SemanticSearch setPrompt(String value) {
    set(prompt, value);
    return this;
  }

  /**
   * The schema with the column of results appended; opens the index and resolves the model.
   *
   * @throws IllegalArgumentException if a Param is missing, a column does not fit, or the index was
   *     made by another model
   * @throws org.sbertspark.model.ModelException if the model cannot be read
   */
  @Override
  public StructType transformSchema(StructType schema) {
    String output = required(outputCol);
    StageParams.requireNewColumn(schema, output, outputCol);
    Dataset<Row> table = openIndex(SparkSession.active());
    SentenceEmbedder embedder = embedder(table);
    int text = embedder.setInputCol(required(inputCol)).textIndex(schema);
    StructType result =
        new StructType()
            .add("id", field(table, getIdCol()).dataType())
            .add(SimilarityJoin.scoreColumn(chosenMeasure()), DataTypes.DoubleType)
            .add(SimilarityJoin.RANK, DataTypes.IntegerType);
    return schema.add(
        output, DataTypes.createArrayType(result, false), schema.fields()[text].nullable());
  }

  /**
   * Searches.
   *
   * @throws IllegalArgumentException as {@link #transformSchema} does, and as {@link
   *     SimilarityJoin#between} does; if the dataset is a stream
   */
  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    if (dataset.isStreaming()) {
      throw new IllegalArgumentException(
          "Cannot search for the rows of a stream, expected a table: search in foreachBatch");
    }
    StructType schema = transformSchema(dataset.schema(), true);
    Dataset<Row> table = openIndex(dataset.sparkSession());
    SentenceEmbedder embedder = embedder(table).setInputCol(getIdCol());
    Column text = dataset.col(ColumnNames.quoted(getInputCol()));
    // A query names itself: equal ones are searched for once, and numbers given to the rows would
    // not last.
    Dataset<Row> queries =
        dataset
            .select(text.as(getIdCol()))
            .where(text.isNotNull())
            .distinct()
            // Spark would put them together, few bytes as they are; but each is a lot of work.
            .repartition(dataset.sparkSession().sparkContext().defaultParallelism());
    JoinResult found =
        new SimilarityJoin(JoinSettings.of(chosenMeasure()).withK(getK()))
            .between(
                embedder.setOutputCol(getEmbeddingCol()).transform(queries),
                table.select(named(getIdCol()), named(getEmbeddingCol())),
                getIdCol(),
                getEmbeddingCol());
    String score = SimilarityJoin.scoreColumn(chosenMeasure());
    String results = "results";
    Dataset<Row> byQuery =
        found
            .pairs()
            .groupBy(SimilarityJoin.LEFT_ID)
            .agg(
                functions
                    .array_sort(
                        functions.collect_list(
                            functions.struct(SimilarityJoin.RANK, SimilarityJoin.RIGHT_ID, score)))
                    .as(results));
    StructField output = schema.fields()[schema.size() - 1];
    Column ordered =
        functions.transform(
            byQuery.col(results),
            result ->
                functions.struct(
                    result.getField(SimilarityJoin.RIGHT_ID).as("id"),
                    result.getField(score).as(score),
                    result.getField(SimilarityJoin.RANK).as(SimilarityJoin.RANK)));
    Column orNothing =
        functions.when(
            text.isNotNull(),
            functions.coalesce(ordered, functions.array().cast(output.dataType())));
    return dataset
        .join(byQuery, text.equalTo(byQuery.col(SimilarityJoin.LEFT_ID)), "left_outer")
        .select(dataset.col("*"), orNothing.as(output.name()));
  }

  @Override
  public SemanticSearch copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  @Override
  public MLWriter write() {
    return new BundledStageWriter(this, this::resolveModel);
  }

  public static MLReader<SemanticSearch> read() {
    return new BundledStageReader<>(SemanticSearch::setModel);
  }

  public static SemanticSearch load(String path) {
    return read().load(path);
  }

  @Override
  public String toString() {
    return "SemanticSearch: uid=%s".formatted(uid);
  }

  private Dataset<Row> openIndex(SparkSession spark) {
    String path = required(index);
    try {
      return spark.read().parquet(path);
    } catch (Exception e) {
      // Spark declares no exceptions here, being Scala, and throws checked ones.
      if (e instanceof AnalysisException) {
        throw new IllegalArgumentException(
            "Cannot search %s: %s".formatted(path, e.getMessage()), e);
      }
      throw e;
    }
  }

  /** Without its columns. */
  private SentenceEmbedder embedder(Dataset<Row> table) {
    SentenceEmbedder embedder =
        IndexEncoding.ofColumn(field(table, getEmbeddingCol()))
            .embedder(resolveModel(), getIndex());
    if (isDefined(prompt)) {
      embedder.clear(embedder.promptName());
      embedder.setPrompt(getPrompt());
    }
    return embedder;
  }

  private ModelBundle resolveModel() {
    return DriverModels.resolve(required(model));
  }

  private StructField field(Dataset<Row> table, String column) {
    return Arrays.stream(table.schema().fields())
        .filter(field -> StageParams.sameName(field.name(), column))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Cannot search %s: it has no column \"%s\", it has: %s"
                        .formatted(getIndex(), column, String.join(", ", table.columns()))));
  }

  private static Column named(String column) {
    return functions.col(ColumnNames.quoted(column));
  }

  private Measure chosenMeasure() {
    return Measure.valueOf(getMeasure().toUpperCase(Locale.ROOT));
  }

  private static String label(Measure measure) {
    return measure.name().toLowerCase(Locale.ROOT);
  }

  private static boolean isMeasure(String label) {
    return Arrays.stream(Measure.values()).anyMatch(measure -> label(measure).equals(label));
  }

  private String required(Param<String> param) {
    return StageParams.required(this, param, SEARCH);
  }
}
