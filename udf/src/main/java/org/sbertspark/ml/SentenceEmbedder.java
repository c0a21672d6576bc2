package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;

/**
 * Appends a column with the sentence embedding of a text column, by a sentence-transformers model.
 *
 * <pre>{@code
 * Dataset<Row> embedded =
 *     new SentenceEmbedder()
 *         .setModel("all-distilroberta-v1")
 *         .setInputCol("text")
 *         .setOutputCol("embedding")
 *         .transform(texts);
 * }</pre>
 *
 * <p>The model is resolved on the driver ({@link DriverModels}) and shipped to the executors as one
 * file; each executor loads it once, when its first text arrives, and each task has an encoder of
 * its own. All other columns are kept, with their metadata, and so are the order and the number of
 * rows (unless {@code handleInvalid} is {@code skip}). The new column carries the model's
 * fingerprint, see {@link EmbeddingMetadata}. A null text gives a null vector; an empty text is a
 * text.
 *
 * <p>A saved stage contains its model and can be loaded where the original is out of reach.
 */
public final class SentenceEmbedder extends EmbedderParams implements MLWritable {
  private static final long serialVersionUID = 1L;

  public static final int DEFAULT_WINDOW_ROWS = 2048;

  public SentenceEmbedder() {
    this(Identifiable$.MODULE$.randomUID("sentenceEmbedder"));
  }

  /** For {@link #copy} and for loading; the uid tells stages of a pipeline apart. */
  public SentenceEmbedder(String uid) {
    super(uid);
  }

  @Override
  SentenceEmbedder self() {
    return this;
  }

  /**
   * The schema with the embedding column appended, and that of the outcomes if there is one;
   * resolves the model, which compiles it if this machine has not done so before.
   *
   * @throws IllegalArgumentException if a Param is missing or a column does not fit
   * @throws org.sbertspark.model.ModelException if the model cannot be read
   */
  @Override
  public StructType transformSchema(StructType schema) {
    requireColumns(schema);
    return embedded(schema, resolveModel());
  }

  /** What needs no model is checked first: one may take minutes to compile. */
  private void requireColumns(StructType schema) {
    textIndex(schema);
    newColumn(schema, outputCol());
    refuseTwoPrompts();
  }

  private StructType embedded(StructType schema, ModelBundle bundle) {
    StructField input = schema.apply(textIndex(schema));
    String output = newColumn(schema, outputCol());
    bundle.requirePrecision(Precision.of(getPrecision()));
    settings(bundle).requireSupport();
    requireAtMost(maxSeqLength(), bundle.positionCapacity(), "the model has no more positions");
    requireAtMost(truncateDim(), bundle.dimension(), "the model's vectors have no more components");
    OutputType type = chosen(outputType(), OutputType.class);
    boolean keepsNulls =
        input.nullable() && chosen(handleInvalid(), HandleInvalid.class) == HandleInvalid.KEEP;
    boolean nullable = keepsNulls || getMaxFailures() > 0;
    Metadata metadata = EmbeddingMetadata.of(bundle, settings(bundle), output, type);
    StructType embedded = schema.add(new StructField(output, type.dataType(), nullable, metadata));
    return isDefined(outcomeCol())
        ? embedded.add(newColumn(embedded, outcomeCol()), RowOutcome.TYPE, false)
        : embedded;
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    EmbeddingStats stats =
        EmbeddingStats.register(
            dataset.sparkSession().sparkContext(), "sentence embedding " + uid());
    return transform(dataset, stats);
  }

  /**
   * As {@link #transform(Dataset)}, counting what is done.
   *
   * @param stats of this dataset alone
   */
  public Dataset<Row> transform(Dataset<?> dataset, EmbeddingStats stats) {
    return transform(dataset, EmbeddingPlan.ONE_ROW, stats, 0);
  }

  /**
   * As {@link #transform(Dataset, EmbeddingStats)}, for rows that stand for several.
   *
   * @param rowsIndex position of the column, of type long, that says for how many
   * @param firstPartition number under which the first partition is counted: two datasets that
   *     share their stats have none in common
   */
  Dataset<Row> transform(
      Dataset<?> dataset, int rowsIndex, EmbeddingStats stats, int firstPartition) {
    StructType schema = dataset.schema();
    requireColumns(schema);
    ModelBundle bundle = resolveModel();
    StructType embedded = embedded(schema, bundle);
    EmbeddingPlan plan =
        new EmbeddingPlan(
            getInputCol(),
            textIndex(schema),
            rowsIndex,
            chosen(outputType(), OutputType.class),
            chosen(handleInvalid(), HandleInvalid.class),
            getWindowRows(),
            isDefined(outcomeCol()),
            getMaxFailures());
    ShippedModel shipped =
        ShippedModel.ship(dataset.sparkSession().sparkContext(), bundle, settings(bundle));
    // Whole rows travel under their positions: names may be there twice, and columns get their
    // names
    // and metadata back behind it.
    StructType given = byPosition(schema);
    StructField[] fields = embedded.fields();
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      columns.add(functions.col(position(i)).as(fields[i].name(), fields[i].metadata()));
    }
    MapPartitionsFunction<InternalRow, InternalRow> embed =
        new EmbedPartition(given, plan, shipped, stats, firstPartition);
    return dataset
        .toDF(given.fieldNames())
        .as(RowsAsTheyAre.encoder(given))
        .mapPartitions(embed, RowsAsTheyAre.encoder(byPosition(embedded)))
        .select(columns.toArray(Column[]::new));
  }

  /** The columns under their positions, which tell all apart. */
  static StructType byPosition(StructType schema) {
    StructType positions = new StructType();
    for (StructField field : schema.fields()) {
      positions = positions.add(position(positions.size()), field.dataType(), field.nullable());
    }
    return positions;
  }

  static String position(int column) {
    return "_" + column;
  }

  @Override
  public SentenceEmbedder copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  @Override
  public MLWriter write() {
    return new BundledStageWriter(this, this::resolveModel);
  }

  public static MLReader<SentenceEmbedder> read() {
    return new BundledStageReader<>(SentenceEmbedder::setModel);
  }

  public static SentenceEmbedder load(String path) {
    return read().load(path);
  }

  @Override
  public String toString() {
    return "SentenceEmbedder: uid=%s".formatted(uid());
  }

  /** The bundle of the model that this stage names. */
  ModelBundle resolveModel() {
    return DriverModels.resolve(required(model()));
  }

  private EncodingSettings settings(ModelBundle bundle) {
    return new EncodingSettings(
        getMaxSeqLength(),
        getTokenBudget(),
        getThreads(),
        chosenPrompt(bundle),
        getTruncateDim(),
        getNormalize(),
        Precision.of(getPrecision()),
        new DeviceChoice(getDevice()));
  }

  /** What stands in front of every text; empty for nothing. */
  public String chosenPrompt(ModelBundle bundle) {
    if (isDefined(prompt())) {
      return getPrompt();
    }
    return isDefined(promptName()) ? bundle.prompt(getPromptName()) : bundle.defaultPrompt();
  }

  private void refuseTwoPrompts() {
    if (isDefined(prompt()) && isDefined(promptName())) {
      throw new IllegalArgumentException(
          "prompt and promptName are both set, expected one of them; clear the other");
    }
  }

  private void requireAtMost(IntParam param, int most, String reason) {
    int value = (int) getOrDefault(param);
    if (value > most) {
      throw new IllegalArgumentException(
          "%s is %d, expected at most %d: %s".formatted(param.name(), value, most, reason));
    }
  }

  /** The position of the text column. */
  int textIndex(StructType schema) {
    String name = required(inputCol());
    StructField[] fields = schema.fields();
    int found = -1;
    for (int i = 0; i < fields.length; i++) {
      if (StageParams.sameName(fields[i].name(), name)) {
        if (found >= 0) {
          throw new IllegalArgumentException(
              "Cannot embed column \"%s\": there are two of that name; rename one".formatted(name));
        }
        found = i;
      }
    }
    if (found < 0) {
      throw new IllegalArgumentException(
          "Cannot embed column \"%s\": there is no such column; there are: %s"
              .formatted(name, String.join(", ", schema.fieldNames())));
    }
    if (!fields[found].dataType().equals(DataTypes.StringType)) {
      throw new IllegalArgumentException(
          "Cannot embed column \"%s\": it is %s, expected string"
              .formatted(name, fields[found].dataType().catalogString()));
    }
    return found;
  }

  /** The name of the column to come. */
  private String newColumn(StructType schema, Param<String> column) {
    String name = required(column);
    StageParams.requireNewColumn(schema, name, column);
    return name;
  }

  private String required(Param<String> param) {
    return StageParams.required(this, param, "embed");
  }
}
