package org.sbertspark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.sbertspark.model.ModelDescription;
import org.sbertspark.model.ModelDescription.ModelFile;
import org.sbertspark.model.ModelDescription.ModuleDescription;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a model is. */
@Command(
    name = "info",
    description = "Says what a model is: sizes, modules, prompts, tokenizer, files, fingerprint.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ModelInfoCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = ModelCommand.MODEL)
  private String model;

  @Mixin private HubOptions hub;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public void run() {
    ModelDescription description = hub.describe(model, Sessions.hadoop());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(description));
    } else {
      print(description, out);
    }
  }

  private static String json(ModelDescription model) {
    try {
      return new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValueAsString(model);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A description is plain values", e);
    }
  }

  private static void print(ModelDescription model, PrintWriter out) {
    line(out, "Model", model.name());
    line(out, "Fingerprint", model.fingerprint());
    line(
        out,
        "Family",
        model.layers() == 0
            ? model.family()
            : "%s, layers %d, heads %d".formatted(model.family(), model.layers(), model.heads()));
    line(out, "Hidden size", "" + model.hiddenSize());
    line(out, "Dimension", "" + model.dimension());
    line(out, "Parameters", String.format(Locale.ROOT, "%,d", model.parameters()));
    lines(out, "Modules", model.modules().stream().map(ModelInfoCommand::module).toList());
    line(out, "Maximum length", length(model));
    line(out, "Lower-cased", model.doLowerCase() ? "yes" : "no");
    lines(out, "Prompts", prompts(model));
    line(
        out,
        "Tokenizer",
        String.format(
            Locale.ROOT,
            "%s, %,d tokens",
            model.tokenizer().type(),
            model.tokenizer().vocabularySize()));
    line(out, "Weights", model.weights());
    lines(out, "Files", model.files().stream().map(ModelInfoCommand::file).toList());
  }

  private static String module(ModuleDescription module) {
    String settings =
        module.settings().entrySet().stream()
            .map(setting -> setting.getKey() + "=" + value(setting.getValue()))
            .collect(Collectors.joining(", "));
    return "%s%s -> %d"
        .formatted(
            module.type(), settings.isEmpty() ? "" : " (" + settings + ")", module.dimension());
  }

  private static String value(Object value) {
    return value instanceof List<?> several
        ? several.stream().map(String::valueOf).collect(Collectors.joining("+"))
        : value.toString();
  }

  private static String length(ModelDescription model) {
    return model.maxSeqLength() == Integer.MAX_VALUE
        ? "no limit"
        : "%d tokens (at most %d)".formatted(model.maxSeqLength(), model.positionCapacity());
  }

  private static List<String> prompts(ModelDescription model) {
    List<String> prompts = new ArrayList<>();
    for (Map.Entry<String, String> prompt : model.prompts().entrySet()) {
      boolean isDefault = prompt.getKey().equals(model.defaultPromptName());
      prompts.add(
          "%s: \"%s\"%s"
              .formatted(prompt.getKey(), prompt.getValue(), isDefault ? " (default)" : ""));
    }
    return prompts;
  }

  private static String file(ModelFile file) {
    return String.format(Locale.ROOT, "%,13d bytes  %s", file.sizeBytes(), file.name());
  }

  private static void lines(PrintWriter out, String label, List<String> values) {
    line(out, label, values.isEmpty() ? "none" : values.get(0));
    values.stream().skip(1).forEach(value -> line(out, "", value));
  }

  private static void line(PrintWriter out, String label, String value) {
    out.printf("%-15s %s%n", label, value);
  }
}
