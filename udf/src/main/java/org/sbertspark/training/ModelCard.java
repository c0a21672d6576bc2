package org.sbertspark.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.sbertspark.model.EncoderConfig;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.ModuleSpec;
import org.sbertspark.training.TrainingRecipe.Schedule;

/**
 * The README.md of a trained model: front matter for the hub, what the model is, how to use it, how
 * it was trained, and how well it does.
 */
final class ModelCard {
  private final ModelFolder model;
  private final TrainingReport report;
  private final StringBuilder text = new StringBuilder();

  private ModelCard(ModelFolder model, TrainingReport report) {
    this.model = model;
    this.report = report;
  }

  static String of(ModelFolder model, TrainingReport report) {
    ModelCard card = new ModelCard(model, report);
    card.frontMatter();
    card.model();
    card.usage();
    card.training();
    card.results();
    return card.text.toString();
  }

  private void frontMatter() {
    line("---");
    line("library_name: sentence-transformers");
    line("pipeline_tag: sentence-similarity");
    if (!isNew()) {
      line("base_model: " + quoted(report.base()));
    }
    line("tags:");
    line("- sentence-transformers");
    line("- sentence-similarity");
    line("- feature-extraction");
    line("- loss:MultipleNegativesRankingLoss");
    line("- dataset_size:" + examples());
    line("---");
    line("");
  }

  private void model() {
    line(
        isNew()
            ? "# A sentence embedding model, trained from random weights"
            : "# A sentence embedding model, trained from " + inline(report.base()));
    line("");
    line(
        "A [sentence-transformers](https://www.sbert.net) model that turns texts into vectors of %,d",
        model.dimension());
    line(
        "dimensions, for semantic search, clustering and the comparison of texts by their cosine.");
    line("");
    line("- Longest text: %,d tokens", model.maxSeqLength());
    line("- Dimensions: %,d", model.dimension());
    line("");
    line("## Architecture");
    line("");
    line("| | module | |");
    line("|---|---|---|");
    line("| 0 | Transformer | %s |", encoder());
    int number = 1;
    for (ModuleSpec module : model.modules()) {
      String settings =
          module.settings().entrySet().stream()
              .map(setting -> setting.getKey() + ": " + setting.getValue())
              .collect(Collectors.joining(", "));
      line("| %d | %s | %s |", number++, module.type(), cell(settings));
    }
    line("");
  }

  private String encoder() {
    return model.encoder() instanceof EncoderConfig config
        ? String.format(
            Locale.ROOT,
            "%s, %d layers, hidden size %,d, %d heads, vocabulary of %,d",
            config.modelType(),
            config.layers(),
            config.hiddenSize(),
            config.heads(),
            config.vocabSize())
        : model.encoder().modelType();
  }

  private void usage() {
    line("## Usage");
    line("");
    line("On Spark, without Python:");
    line("");
    line("```");
    line("sbert-spark embed --model FOLDER --input texts.parquet --output embeddings");
    line("```");
    line("");
    line("In Python:");
    line("");
    line("```python");
    line("from sentence_transformers import SentenceTransformer");
    line("vectors = SentenceTransformer(\"FOLDER\").encode([\"A text.\", \"And another one.\"])");
    line("```");
    line("");
  }

  private void training() {
    TrainingRecipe recipe = report.recipe();
    line("## Training");
    line("");
    line("| data set | examples | texts of an example | weight |");
    line("|---|---:|---:|---:|");
    for (TrainingReport.DataSet set : report.data()) {
      line("| %s | %,d | %d | %d |", cell(set.name()), set.examples(), set.texts(), set.weight());
    }
    line("");
    line("Each batch comes from one data set, chosen by weight, and has no text twice.");
    line("");
    line("Loss: `MultipleNegativesRankingLoss`" + (recipe.symmetric() ? ", both directions" : ""));
    line("");
    line("| parameter | value |");
    line("|---|---|");
    row("scale", number(recipe.scale()));
    row("similarity", word(recipe.similarity()));
    row("batch size", Integer.toString(recipe.batchSize()));
    if (recipe.accumulationSteps() > 1) {
      row("batches of a step", Integer.toString(recipe.accumulationSteps()));
    }
    row("steps", Long.toString(report.steps()));
    row("optimiser", "AdamW, betas 0.9 and 0.999, epsilon 1e-6");
    row("learning rate", number(recipe.learningRate()));
    row(
        "schedule",
        word(recipe.schedule())
            + (recipe.schedule() == Schedule.CONSTANT
                ? ""
                : ", %d steps of warm-up".formatted(recipe.warmupSteps())));
    row("weight decay", number(recipe.weightDecay()));
    row("largest gradient norm", recipe.maxGradNorm() == 0 ? "none" : number(recipe.maxGradNorm()));
    row("pairs change places", recipe.swap() ? "with probability one half" : "never");
    row("seed", Long.toString(recipe.seed()));
    line("");
    line("Trained with sbert-spark.");
  }

  private void row(String name, String value) {
    line("| %s | %s |", name, value);
  }

  private void results() {
    if (!report.results().isEmpty()) {
      line("");
      line("## Evaluation");
      line("");
      line("| | |");
      line("|---|---:|");
      for (Map.Entry<String, Double> result : report.results().entrySet()) {
        line("| %s | %.4f |", cell(result.getKey()), result.getValue());
      }
    }
  }

  private boolean isNew() {
    return report.base().equals(NewModel.NAME);
  }

  private long examples() {
    return report.data().stream().mapToLong(TrainingReport.DataSet::examples).sum();
  }

  private void line(String format, Object... values) {
    text.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
    text.append('\n');
  }

  /** Without digits that say nothing: 2e-05 as {@code 2.0E-5}, 20 as {@code 20}. */
  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** One cell of a table, whatever is in the name. */
  private static String cell(String value) {
    return inline(value).replace("|", "\\|");
  }

  private static String inline(String value) {
    return value.replaceAll("\\s+", " ").replace("<", "&lt;");
  }

  /** A string of YAML, which has JSON's. */
  private static String quoted(String value) {
    try {
      return new ObjectMapper().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a string is always JSON", e);
    }
  }
}
