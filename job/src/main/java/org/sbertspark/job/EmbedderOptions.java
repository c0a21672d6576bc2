package org.sbertspark.job;

import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.ResolvedModel;
import org.sbertspark.ml.SentenceEmbedder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a model computes the vectors of texts. */
class EmbedderOptions {
  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "float32",
      description = {
        "Of the computation: ${COMPLETION-CANDIDATES}.",
        "int8 is faster on CPUs, and moves vectors a little: see model verify --precision. bfloat16"
            + " needs a CPU that has it, or a GPU; float16 a GPU."
            + " Default: ${DEFAULT-VALUE}."
      })
  Precision precision;

  @Mixin DeviceOptions device;

  @Option(
      names = "--token-budget",
      paramLabel = "TOKENS",
      defaultValue = "0",
      description =
          "Tokens that one forward pass may have; 0: "
              + EncoderOptions.DEFAULT_TOKEN_BUDGET
              + " on CPUs, "
              + EncoderOptions.DEFAULT_GPU_TOKEN_BUDGET
              + " on GPUs. Default: ${DEFAULT-VALUE}.")
  int tokenBudget;

  @Option(
      names = "--window-rows",
      paramLabel = "ROWS",
      defaultValue = "" + SentenceEmbedder.DEFAULT_WINDOW_ROWS,
      description =
          "Rows that a task reads ahead, to sort their texts by length. Default: ${DEFAULT-VALUE}.")
  int windowRows;

  @Option(
      names = "--max-seq-length",
      paramLabel = "TOKENS",
      defaultValue = "0",
      description =
          "Tokens that a text may have before it is cut, special tokens included; 0: as the model"
              + " says. Default: ${DEFAULT-VALUE}.")
  int maxSeqLength;

  @Mixin private PromptOptions prompt;

  @Option(
      names = "--truncate-dim",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Components of a vector that are kept, the first ones, for models that were trained for it;"
              + " 0: all. Default: ${DEFAULT-VALUE}.")
  int truncateDim;

  @Option(
      names = "--normalize",
      description = "Scale vectors to length 1, after truncation. Many models do it by themselves.")
  boolean normalize;

  @Option(
      names = "--threads",
      paramLabel = "THREADS",
      defaultValue = "0",
      description =
          "Threads that one forward pass may use; 0: as spark.task.cpus says."
              + " Default: ${DEFAULT-VALUE}.")
  int threads;

  void validate() {
    Arguments.atLeast("--token-budget", tokenBudget, 0, "0 (as suits the device) or more tokens");
    Arguments.atLeast("--window-rows", windowRows, 1, "at least 1 row");
    Arguments.atLeast("--max-seq-length", maxSeqLength, 0, "0 (the model's own) or more tokens");
    Arguments.atLeast("--truncate-dim", truncateDim, 0, "0 (all) or more components");
    prompt.validate();
    Arguments.atLeast("--threads", threads, 0, "0 (as spark.task.cpus says) or more");
  }

  SentenceEmbedder embedder(ModelBundle model, String textColumn, String vectorColumn) {
    SentenceEmbedder embedder = new SentenceEmbedder();
    prompt.set(embedder);
    return embedder
        // The bundle itself: what a name means may change while the command runs.
        .setModel(model.file().toString())
        .setInputCol(textColumn)
        .setOutputCol(vectorColumn)
        .setTokenBudget(tokenBudget)
        .setWindowRows(windowRows)
        .setMaxSeqLength(maxSeqLength)
        .setTruncateDim(truncateDim)
        .setNormalize(normalize)
        .setPrecision(precision.label())
        .setDevice(device.device.label())
        .setThreads(threads);
  }

  /** Whether the user has chosen what stands in front of every text. */
  boolean choosesPrompt() {
    return prompt.given();
  }

  /** What a manifest says of the vectors. */
  Embedding embedding(String source, ResolvedModel model) {
    ModelBundle bundle = model.bundle();
    return new Embedding(
        bundle.fingerprint(precision),
        source,
        model.revision().orElse(null),
        truncateDim == 0 ? bundle.dimension() : truncateDim,
        maxSeqLength(bundle),
        prompt.of(bundle),
        normalize,
        bundle.modelType(),
        precision.label());
  }

  /** Tokens that a forward pass on a CPU may have. */
  int tokensOfAPass(ModelBundle model) {
    int budget = tokenBudget > 0 ? tokenBudget : EncoderOptions.DEFAULT_TOKEN_BUDGET;
    return Math.max(budget, maxSeqLength(model));
  }

  /** Tokens of a text that are read at most. */
  int maxSeqLength(ModelBundle bundle) {
    return maxSeqLength == 0 ? bundle.maxSeqLength() : maxSeqLength;
  }
}
