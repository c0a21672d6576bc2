package org.sbertspark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Tasks that a model is judged by together, from a file of JSON, or of YAML if its name ends so:
 *
 * <pre>{@code
 * {"tasks": [
 *   {"name": "STS12", "task": "sts", "input": "sts/2012/*.tsv"},
 *   {"name": "TrecQA", "task": "reranking", "input": ["trecqa/dev.csv"], "query-col": "qtext"}]}
 * }</pre>
 *
 * Beside its name and, if anybody wants, the {@code revision} of its data set, an entry has the
 * options of {@link TaskOptions} without their hyphens. Inputs are relative to the file's folder.
 */
record Suite(List<NamedTask> tasks) {
  private static final String TASKS = "tasks";
  private static final String NAME = "name";
  private static final String REVISION = "revision";
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  Suite {
    tasks = List.copyOf(tasks);
  }

  /**
   * Reads a file.
   *
   * @throws JobException if it cannot be read, or says something that is no suite
   */
  static Suite read(UserFile file) {
    try {
      JsonNode tree = tree(file);
      JsonNode entries = tree.path(TASKS);
      if (!entries.isArray() || entries.isEmpty() || tree.size() > 1) {
        throw new IllegalArgumentException(
            "expected {\"tasks\": [{\"name\": …, \"task\": …, \"input\": …}, …]}");
      }
      List<NamedTask> tasks = new ArrayList<>();
      Set<String> names = new HashSet<>();
      for (JsonNode entry : entries) {
        NamedTask task = task(entry, file.path().getParent());
        if (!names.add(task.name())) {
          throw new IllegalArgumentException(
              "two of its tasks are called %s".formatted(task.name()));
        }
        tasks.add(task);
      }
      return new Suite(tasks);
    } catch (JsonProcessingException e) {
      throw new JobException(
          "Cannot read the suite %s: %s (line %d)"
              .formatted(
                  file.given(),
                  e.getOriginalMessage(),
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException(
          "Cannot read the suite %s: %s".formatted(file.given(), e.getMessage()), e);
    }
  }

  private static JsonNode tree(UserFile file) throws IOException {
    return file.name().toLowerCase(Locale.ROOT).matches(".*\\.ya?ml")
        ? JSON.valueToTree(PlainYaml.read(file.read()))
        : JSON.readTree(file.read());
  }

  private static NamedTask task(JsonNode entry, Path folder) {
    String name = entry.path(NAME).asText();
    TaskOptions options = new TaskOptions();
    NamedTask task = new NamedTask(name, revision(entry, name), options);
    CommandLine line = Main.withConverters(new CommandLine(options));
    List<String> arguments = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> keys = entry.fields(); keys.hasNext(); ) {
      Map.Entry<String, JsonNode> key = keys.next();
      if (key.getKey().equals(NAME) || key.getKey().equals(REVISION)) {
        continue;
      }
      String option = "--" + key.getKey();
      if (line.getCommandSpec().findOption(option) == null) {
        throw new IllegalArgumentException(
            "task %s has a key \"%s\", expected name, revision, %s"
                .formatted(name, key.getKey(), String.join(", ", ConfigFile.keys(line))));
      }
      values(key.getValue(), name, key.getKey())
          .forEach(value -> arguments.add(option + "=" + value));
    }
    try {
      line.parseArgs(arguments.toArray(String[]::new));
      options.validate();
    } catch (ParameterException | IllegalArgumentException e) {
      throw new IllegalArgumentException("task %s: %s".formatted(name, e.getMessage()), e);
    }
    options.paths = options.paths.stream().map(path -> new Path(folder, path).toString()).toList();
    return task;
  }

  /** Null where there is none. */
  private static String revision(JsonNode entry, String task) {
    JsonNode revision = entry.get(REVISION);
    if (revision == null) {
      return null;
    }
    if (!revision.isValueNode() || revision.isNull() || revision.asText().isBlank()) {
      throw new IllegalArgumentException(
          "task %s: its revision is blank or no text, expected that of the data set"
              .formatted(task));
    }
    return revision.asText();
  }

  private static List<String> values(JsonNode value, String task, String key) {
    List<String> values = new ArrayList<>();
    Iterable<JsonNode> all = value.isArray() ? value : List.of(value);
    all.forEach(
        one -> {
          if (!one.isValueNode() || one.isNull()) {
            throw new IllegalArgumentException(
                "task %s: \"%s\" is neither a text nor a number, nor an array of such"
                    .formatted(task, key));
          }
          values.add(one.asText());
        });
    return values;
  }
}
