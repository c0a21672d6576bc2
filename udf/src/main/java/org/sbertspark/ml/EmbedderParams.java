package org.sbertspark.ml;

import java.util.Arrays;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;

/**
 * The Params of {@link SentenceEmbedder}: what can be set, what it may be, what it is if not set.
 */
public abstract sealed class EmbedderParams extends Model<SentenceEmbedder>
    permits SentenceEmbedder {
  private static final long serialVersionUID = 1L;

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

  EmbedderParams(String uid) {
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
            "tokens that one forward pass may have; a longer text forms its own"
                + " batch; 0: %d on CPUs, %d on GPUs"
                    .formatted(
                        EncoderOptions.DEFAULT_TOKEN_BUDGET,
                        EncoderOptions.DEFAULT_GPU_TOKEN_BUDGET),
            0);
    windowRows =
        params.number(
            "windowRows",
            "rows that a task reads ahead, to compute texts of the same length together and equal"
                + " texts once; more rows take more memory",
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
                "precision", "one of " + Precision.labels(), EmbedderParams::isPrecision));
    device =
        new Param<>(
            this,
            "device",
            "where the model runs: auto (the GPU that Spark has assigned to the task, else the CPU),"
                + " cpu, cuda (the GPU that Spark has assigned, else the first) or cuda:N",
            StageParams.valid("device", "one of " + DeviceChoice.LABELS, EmbedderParams::isDevice));
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
    setDefault(windowRows, SentenceEmbedder.DEFAULT_WINDOW_ROWS);
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
    return self();
  }

  public String getInputCol() {
    return getOrDefault(inputCol);
  }

  public SentenceEmbedder setInputCol(String value) {
    set(inputCol, value);
    return self();
  }

  public String getOutputCol() {
    return getOrDefault(outputCol);
  }

  public SentenceEmbedder setOutputCol(String value) {
    set(outputCol, value);
    return self();
  }

  public String getOutputType() {
    return getOrDefault(outputType);
  }

  public SentenceEmbedder setOutputType(String value) {
    set(outputType, value);
    return self();
  }

  public String getHandleInvalid() {
    return getOrDefault(handleInvalid);
  }

  public SentenceEmbedder setHandleInvalid(String value) {
    set(handleInvalid, value);
    return self();
  }

  public int getTokenBudget() {
    return (int) getOrDefault(tokenBudget);
  }

  public SentenceEmbedder setTokenBudget(int value) {
    set(tokenBudget, value);
    return self();
  }

  public int getWindowRows() {
    return (int) getOrDefault(windowRows);
  }

  public SentenceEmbedder setWindowRows(int value) {
    set(windowRows, value);
    return self();
  }

  public int getMaxSeqLength() {
    return (int) getOrDefault(maxSeqLength);
  }

  public SentenceEmbedder setMaxSeqLength(int value) {
    set(maxSeqLength, value);
    return self();
  }

  public String getPrompt() {
    return getOrDefault(prompt);
  }

  public SentenceEmbedder setPrompt(String value) {
    set(prompt, value);
    return self();
  }

  public String getPromptName() {
    return getOrDefault(promptName);
  }

  public SentenceEmbedder setPromptName(String value) {
    set(promptName, value);
    return self();
  }

  public int getTruncateDim() {
    return (int) getOrDefault(truncateDim);
  }

  public SentenceEmbedder setTruncateDim(int value) {
    set(truncateDim, value);
    return self();
  }

  public boolean getNormalize() {
    return (boolean) getOrDefault(normalize);
  }

  public SentenceEmbedder setNormalize(boolean value) {
    set(normalize, value);
    return self();
  }

  public String getPrecision() {
    return getOrDefault(precision);
  }

  public SentenceEmbedder setPrecision(String value) {
    set(precision, value);
    return self();
  }

  public String getDevice() {
    return getOrDefault(device);
  }

  public SentenceEmbedder setDevice(String value) {
    set(device, value);
    return self();
  }

  public int getThreads() {
    return (int) getOrDefault(threads);
  }

  public SentenceEmbedder setThreads(int value) {
    set(threads, value);
    return self();
  }

  public String getOutcomeCol() {
    return getOrDefault(outcomeCol);
  }

  public SentenceEmbedder setOutcomeCol(String value) {
    set(outcomeCol, value);
    return self();
  }

  public int getMaxFailures() {
    return (int) getOrDefault(maxFailures);
  }

  public SentenceEmbedder setMaxFailures(int value) {
    set(maxFailures, value);
    return self();
  }

  abstract SentenceEmbedder self();

  /** The value of a Param that has one of some names. */
  final <E extends Enum<E> & NamedChoice> E chosen(Param<String> param, Class<E> type) {
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
