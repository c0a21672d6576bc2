package org.sbertspark.job;

import java.util.List;
import org.sbertspark.training.BytePairVocabulary;
import org.sbertspark.training.NewModel;
import org.sbertspark.training.TrainingRecipe;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A model that is trained from the beginning. */
final class NewModelOptions {
  private static final List<String> SIZES =
      List.of("--layers", "--hidden", "--heads", "--intermediate", "--vocab", "--lower-case");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--new",
      description =
          "Start from random weights, without --base: a RoBERTa with mean pooling and normalised"
              + " vectors. Its byte-level BPE vocabulary is learned from the data.")
  boolean given;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "4",
      description = "With --new: layers. Default: ${DEFAULT-VALUE}.")
  private int layers;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      defaultValue = "768",
      description = "With --new: length of the vectors. Default: ${DEFAULT-VALUE}.")
  private int hidden;

  @Option(
      names = "--heads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "With --new: attention heads; 0: one for each 64 of --hidden. Default: ${DEFAULT-VALUE}.")
  private int heads;

  @Option(
      names = "--intermediate",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "With --new: width of the feed-forward part; 0: 4 times --hidden."
              + " Default: ${DEFAULT-VALUE}.")
  private int intermediate;

  @Option(
      names = "--vocab",
      paramLabel = "TOKENS",
      defaultValue = "16000",
      description =
          "With --new: tokens of the vocabulary, at most: small data has fewer."
              + " Default: ${DEFAULT-VALUE}.")
  int vocabulary;

  @Option(
      names = "--lower-case",
      description = "With --new: texts are put into lower case, in training and ever after.")
  boolean lowerCase;

  /**
   * Checks values, and that sizes are asked for of a new model only.
   *
   * @throws IllegalArgumentException if they do not fit together
   */
  void validate(TrainingRecipe recipe) {
    if (given) {
      model(recipe);
      Arguments.atLeast(
          "--vocab",
          vocabulary,
          BytePairVocabulary.MIN_SIZE,
          "at least %d: the special tokens and the 256 bytes"
              .formatted(BytePairVocabulary.MIN_SIZE));
    } else {
      for (String size : SIZES) {
        Arguments.require(
            !command.commandLine().getParseResult().hasMatchedOption(size),
            size,
            "given",
            "--new beside it: a --base has its own sizes");
      }
    }
  }

  NewModel model(TrainingRecipe recipe) {
    return new NewModel(
        layers,
        hidden,
        heads == 0 ? NewModel.defaultHeads(hidden) : heads,
        intermediate == 0 ? NewModel.defaultIntermediate(hidden) : intermediate,
        recipe.maxSeqLength() == 0 ? NewModel.DEFAULT_MAX_SEQ_LENGTH : recipe.maxSeqLength(),
        lowerCase);
  }
}
