package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.BooleanParam;
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
import org.sbertspark.inference.EncoderOptions;
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
public final class SentenceEmbedder extends Transformer implements MLWritable {
  private static final long serialVersionUID = 1L;

  public static final int DEFAULT_WINDOW_ROWS = 2048;

  private final String uid;
  private final Param<String> model;
  private final Param<String> inputCol;
  private final Param<String> outputCol;
  private final Param<String> outputType;
  private final Param<String> handleInvalid;
  private final IntParam tokenBudget;
  private final IntParam windowRows;
  private final IntParam maxSeqLength;
  private final Param<String> prompt;
  private final Param<String> promptName;
  private final IntParam truncateDim;
  private final BooleanParam normalize;
  private final Param<String> precision;
  private final Param<String> device;
  private final IntParam threads;
  private final Param<String> outcomeCol;
  private final IntParam maxFailures;

  public SentenceEmbedder() {
    this(Identifiable$.MODULE$.randomUID("sentenceEmbedder"));
  }

  /** For {@link #copy} and for loading; the uid tells stages of a pipeline apart. */
  public SentenceEmbedder(String uid) {
    // First of all: a Param takes its parent's uid when it is made.
    this.uid = uid;
    StageParams params = new StageParams(this);
    model =
        params.text(
            "model",
            "where the model is: a sentence-transformers folder or a "
                + ModelBundle.FILE_SUFFIX
                + " bundle, local or on a file system of Hadoop (hdfs:, s3a:, file:), or its name"
                + " on the Hugging Face hub");
    inputCol = params.text("inputCol", "name of the text column, of type string");
    outputCol = params.text("outputCol", "name of the embedding column, which must not exist yet");
    outputType =
        params.choice(
            "outputType",
            "type of the embedding column: vector (MLlib's dense vector) or array (array<float>)",
            OutputType.class);
    handleInvalid =
        params.choice(
            "handleInvalid",
            "what becomes of a row whose text is null: keep (with a null vector), skip (drop the"
                + " row) or error (fail the job)",
            HandleInvalid.class);
    tokenBudget =
        params.number(
            "tokenBudget",
            "tokens, padding included, that one forward pass may have; a longer text forms its own"
                + " batch; 0: %d on CPUs, %d on GPUs"
                    .formatted(
                        EncoderOptions.DEFAULT_TOKEN_BUDGET,
                        EncoderOptions.DEFAULT_GPU_TOKEN_BUDGET),
            0);
    windowRows =
        params.number(
            "windowRows",
            "rows that a task reads ahead, to sort their texts by length; more rows mean less"
                + " padding and more memory",
            1);
    maxSeqLength =
        params.number(
            "maxSeqLength",
            "tokens that a text may have, special tokens included, before it is cut; 0: as the"
                + " model says",
            0);
    prompt =
        new Param<>(
            this,
            "prompt",
            "text in front of every text; empty for none; neither this nor promptName: the model's"
                + " default prompt",
            StageParams.valid("prompt", "text, which may be empty", (String value) -> true));
    promptName =
        params.text("promptName", "name of the model's prompt to put in front of every text");
    truncateDim =
        params.number(
            "truncateDim",
            "components of a vector that are kept, the first ones; 0: all; for models that were"
                + " trained for it",
            0);
    normalize =
        new BooleanParam(
            this,
            "normalize",
            "whether vectors are scaled to length 1, after truncation; many models do it by"
                + " themselves");
    precision =
        new Param<>(
            this,
            "precision",
            "arithmetic of the model: float32, int8 (faster on CPUs, vectors move a little), bfloat16"
                + " (on CPUs that have it, and on GPUs) or float16 (on GPUs)",
            StageParams.valid(
                "precision", "one of " + Precision.labels(), SentenceEmbedder::isPrecision));
    device =
        new Param<>(
            this,
            "device",
            "where the model runs: auto (the GPU that Spark has assigned to the task, else the CPU),"
                + " cpu, cuda (the GPU that Spark has assigned, else the first) or cuda:N",
            StageParams.valid(
                "device", "one of " + DeviceChoice.LABELS, SentenceEmbedder::isDevice));
    threads =
        params.number(
            "threads", "threads that one forward pass may use; 0: as spark.task.cpus says", 0);
    outcomeCol =
        params.text(
            "outcomeCol",
            "name of a column that says what became of each text: a struct of tokens, truncated,"
                + " status (ok, null, empty, failed) and reason; not set: no such column");
    maxFailures =
        params.number(
            "maxFailures",
            "texts of a partition that may make the engine fail; their vectors are null; one more"
                + " fails the job",
            0);
    setDefault(outputType, OutputType.VECTOR.label());
    setDefault(handleInvalid, HandleInvalid.KEEP.label());
    setDefault(tokenBudget, 0);
    setDefault(windowRows, DEFAULT_WINDOW_ROWS);
    setDefault(maxSeqLength, 0);
    setDefault(truncateDim, 0);
    setDefault(normalize, false);
    setDefault(precision, Precision.FLOAT32.label());
    setDefault(device, DeviceChoice.AUTO.label());
    setDefault(threads, 0);
    setDefault(maxFailures, 0);
  }

  @Override
  public String uid() {
    return uid;
  }

  public Param<String> model() {
    return model;
  }

  public Param<String> inputCol() {
    return inputCol;
  }

  public Param<String> outputCol() {
    return outputCol;
  }

  public Param<String> outputType() {
    return outputType;
  }

  public Param<String> handleInvalid() {
    return handleInvalid;
  }

  public IntParam tokenBudget() {
    return tokenBudget;
  }

  public IntParam windowRows() {
    return windowRows;
  }

  public IntParam maxSeqLength() {
    return maxSeqLength;
  }

  public Param<String> prompt() {
    return prompt;
  }

  public Param<String> promptName() {
    return promptName;
  }

  public IntParam truncateDim() {
    return truncateDim;
  }

  public BooleanParam normalize() {
    return normalize;
  }

  public Param<String> precision() {
    return precision;
  }

  public Param<String> device() {
    return device;
  }

  public IntParam threads() {
    return threads;
  }

  public Param<String> outcomeCol() {
    return outcomeCol;
  }

  public IntParam maxFailures() {
    return maxFailures;
  }

  public String getModel() {
    return getOrDefault(model);
  }

  public SentenceEmbedder setModel(String value) {
    set(model, value);
    return this;
  }

  public String getInputCol() {
    return getOrDefault(inputCol);
  }

  public SentenceEmbedder setInputCol(String value) {
    set(inputCol, value);
    return this;
  }

  public String getOutputCol() {
    return getOrDefault(outputCol);
  }

  public SentenceEmbedder setOutputCol(String value) {
    set(outputCol, value);
    return this;
  }

  public String getOutputType() {
    return getOrDefault(outputType);
  }

  public SentenceEmbedder setOutputType(String value) {
    set(outputType, value);
    return this;
  }

  public String getHandleInvalid() {
    return getOrDefault(handleInvalid);
  }

  public SentenceEmbedder setHandleInvalid(String value) {
    set(handleInvalid, value);
    return this;
  }

  public int getTokenBudget() {
    return (int) getOrDefault(tokenBudget);
  }

  public SentenceEmbedder setTokenBudget(int value) {
    set(tokenBudget, value);
    return this;
  }

  public int getWindowRows() {
    return (int) getOrDefault(windowRows);
  }

  public SentenceEmbedder setWindowRows(int value) {
    set(windowRows, value);
    return this;
  }

  public int getMaxSeqLength() {
    return (int) getOrDefault(maxSeqLength);
  }

  public SentenceEmbedder setMaxSeqLength(int value) {
    set(maxSeqLength, value);
    return this;
  }

  public String getPrompt() {
    return getOrDefault(prompt);
  }

  public SentenceEmbedder setPrompt(String value) {
    set(prompt, value);
    return this;
  }

  public String getPromptName() {
    return getOrDefault(promptName);
  }

  public SentenceEmbedder setPromptName(String value) {
    set(promptName, value);
    return this;
  }

  public int getTruncateDim() {
    return (int) getOrDefault(truncateDim);
  }

  public SentenceEmbedder setTruncateDim(int value) {
    set(truncateDim, value);
    return this;
  }

  public boolean getNormalize() {
    return (boolean) getOrDefault(normalize);
  }

  public SentenceEmbedder setNormalize(boolean value) {
    set(normalize, value);
    return this;
  }

  public String getPrecision() {
    return getOrDefault(precision);
  }

  public SentenceEmbedder setPrecision(String value) {
    set(precision, value);
    return this;
  }

  public String getDevice() {
    return getOrDefault(device);
  }

  public SentenceEmbedder setDevice(String value) {
    set(device, value);
    return this;
  }

  public int getThreads() {
    return (int) getOrDefault(threads);
  }

  public SentenceEmbedder setThreads(int value) {
    set(threads, value);
    return this;
  }

  public String getOutcomeCol() {
    return getOrDefault(outcomeCol);
  }

  public SentenceEmbedder setOutcomeCol(String value) {
    set(outcomeCol, value);
    return this;
  }

  public int getMaxFailures() {
    return (int) getOrDefault(maxFailures);
  }

  public SentenceEmbedder setMaxFailures(int value) {
    set(maxFailures, value);
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
    newColumn(schema, outputCol);
    refuseTwoPrompts();
  }

  private StructType embedded(StructType schema, ModelBundle bundle) {
    StructField input = schema.apply(textIndex(schema));
    String output = newColumn(schema, outputCol);
    bundle.requirePrecision(Precision.of(getPrecision()));
    settings(bundle).requireSupport();
    requireAtMost(maxSeqLength, bundle.positionCapacity(), "the model has no more positions");
    requireAtMost(truncateDim, bundle.dimension(), "the model's vectors have no more components");
    OutputType type = chosen(outputType, OutputType.class);
    boolean keepsNulls =
        input.nullable() && chosen(handleInvalid, HandleInvalid.class) == HandleInvalid.KEEP;
    boolean nullable = keepsNulls || getMaxFailures() > 0;
    Metadata metadata = EmbeddingMetadata.of(bundle, settings(bundle), output, type);
    StructType embedded = schema.add(new StructField(output, type.dataType(), nullable, metadata));
    return isDefined(outcomeCol)
        ? embedded.add(newColumn(embedded, outcomeCol), RowOutcome.TYPE, false)
        : embedded;
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    EmbeddingStats stats =
        EmbeddingStats.register(dataset.sparkSession().sparkContext(), "sentence embedding " + uid);
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
            chosen(outputType, OutputType.class),
            chosen(handleInvalid, HandleInvalid.class),
            getWindowRows(),
            isDefined(outcomeCol),
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
    return "SentenceEmbedder: uid=%s".formatted(uid);
  }

  /** The bundle of the model that this stage names. */
  ModelBundle resolveModel() {
    return DriverModels.resolve(required(model));
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
    if (isDefined(prompt)) {
      return getPrompt();
    }
    return isDefined(promptName) ? bundle.prompt(getPromptName()) : bundle.defaultPrompt();
  }

  private void refuseTwoPrompts() {
    if (isDefined(prompt) && isDefined(promptName)) {
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
    String name = required(inputCol);
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

  private <E extends Enum<E> & NamedChoice> E chosen(Param<String> param, Class<E> type) {
    return NamedChoice.find(type, getOrDefault(param)).orElseThrow();
  }

  private static boolean isPrecision(String label) {
    return Arrays.stream(Precision.values()).anyMatch(p -> p.label().equals(label));
  }

  private static boolean isDevice(String label) {
    try {
      return label.equals(new DeviceChoice(label).label());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
