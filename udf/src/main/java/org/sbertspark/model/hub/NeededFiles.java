package org.sbertspark.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sbertspark.model.Json;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.TokenizerJson;

/**
 * Which files of a repository make up a model: settings, a tokenizer, one kind of weights, and the
 * same for every module's folder. What other frameworks need (ONNX, OpenVINO, TensorFlow, Flax) is
 * left where it is.
 *
 * <p>The files are asked for in an order with the encoder's weights last: a snapshot that has them
 * was not broken off.
 */
final class NeededFiles {
  static final String MODULES = "modules.json";
  private static final String TRANSFORMER = "Transformer";
  private static final String CONFIG = "config.json";

  /** In the root, whatever the modules are. */
  private static final List<String> ROOT = List.of(CONFIG, "config_sentence_transformers.json");

  private static final Set<String> SETTINGS =
      Set.of(CONFIG, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json");

  /** {@code sentence_bert_config.json} and its older names. */
  private static final Pattern SENTENCE_CONFIG =
      Pattern.compile("sentence_[a-z0-9-]+_config\\.json");

  /** The first that is there is taken; each may be split, with an index that names the parts. */
  private static final List<String> WEIGHTS = List.of("model.safetensors", "pytorch_model.bin");

  private static final String INDEX = ".index.json";

  /** Gives a file of the repository on this machine, brought here if it is not. */
  interface Source {
    Path file(String name);
  }

  private final HubId id;
  private final NavigableSet<String> names;
  private final Source source;

  private NeededFiles(HubId id, NavigableSet<String> names, Source source) {
    this.id = id;
    this.names = names;
    this.source = source;
  }

  /**
   * Asks for each needed file.
   *
   * @param id of the model, for messages
   * @param names of all files in the repository, with slashes; safe as paths
   * @param source of the files
   * @return what the repository lacks to be a model; empty if it has everything
   */
  static Optional<String> visit(HubId id, NavigableSet<String> names, Source source) {
    return new NeededFiles(id, names, source).visit();
  }

  /**
   * A module of modules.json.
   *
   * @param type its class's last word
   * @param folder empty, or with a slash at its end
   */
  private record Module(String type, String folder) {}

  private Optional<String> visit() {
    List<Module> modules = modules();
    List<String> encoderWeights = weights(modules.get(0).folder());
    Set<String> otherWeights = new LinkedHashSet<>();
    for (Module module : modules) {
      otherWeights.addAll(weights(module.folder()));
    }
    otherWeights.removeAll(encoderWeights);
    Optional<String> missing =
        missing(modules, encoderWeights)
            .or(
                () ->
                    Stream.concat(otherWeights.stream(), encoderWeights.stream())
                        .filter(file -> !has(file))
                        .findFirst());
    if (missing.isPresent()) {
      return missing;
    }
    Set<String> needed = new LinkedHashSet<>();
    ROOT.stream().filter(this::has).forEach(needed::add);
    modules.forEach(module -> needed.addAll(settings(module.folder())));
    tokenizer(modules.get(0).folder()).forEach(needed::add);
    needed.addAll(otherWeights);
    needed.addAll(encoderWeights);
    needed.forEach(source::file);
    return Optional.empty();
  }

  private List<Module> modules() {
    if (!has(MODULES)) {
      // A plain Hugging Face repository.
      return List.of(new Module(TRANSFORMER, ""));
    }
    JsonNode json = read(MODULES);
    if (!json.isArray() || json.isEmpty()) {
      throw refused(MODULES + " is not an array of modules");
    }
    List<Module> modules = new ArrayList<>();
    for (JsonNode module : json) {
      String type = module.path("type").asText();
      if (type.isEmpty()) {
        throw refused(MODULES + " has a module without a type");
      }
      modules.add(
          new Module(
              type.substring(type.lastIndexOf('.') + 1), folder(module.path("path").asText())));
    }
    return modules;
  }

  private String folder(String path) {
    if (path.isEmpty() || path.equals(".")) {
      return "";
    }
    String folder = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    if (!RepoPath.isSafe(folder)) {
      throw refused(MODULES + " has a path that leads out of the model's folder");
    }
    return folder + "/";
  }

  private Optional<String> missing(List<Module> modules, List<String> encoderWeights) {
    Module encoder = modules.get(0);
    if (encoder.type().equals(TRANSFORMER) && !has(encoder.folder() + CONFIG)) {
      return Optional.of(encoder.folder() + CONFIG);
    }
    if (tokenizer(encoder.folder()).isEmpty()) {
      return Optional.of("tokenizer (tokenizer.json or a vocabulary)");
    }
    if (encoderWeights.isEmpty()) {
      return Optional.of("weights (model.safetensors or pytorch_model.bin)");
    }
    // Normalize has nothing to say; its folder may not exist.
    return modules.stream()
        .filter(module -> !module.type().equals("Normalize"))
        .map(Module::folder)
        .filter(folder -> !has(folder + CONFIG) && weights(folder).isEmpty())
        .findFirst()
        .map(folder -> folder + CONFIG);
  }

  private List<String> settings(String folder) {
    return names.stream()
        .filter(name -> name.startsWith(folder))
        .filter(name -> isSetting(name.substring(folder.length())))
        .toList();
  }

  /** Vocabularies that lie beside what the tokenizer is read from are not fetched. */
  private List<String> tokenizer(String folder) {
    return TokenizerJson.names(name -> has(folder + name)).orElse(List.of()).stream()
        .map(name -> folder + name)
        .toList();
  }

  private static boolean isSetting(String name) {
    return SETTINGS.contains(name) || SENTENCE_CONFIG.matcher(name).matches();
  }

  /** The files of a folder's weights; an index may name files that are not there. */
  private List<String> weights(String folder) {
    for (String whole : WEIGHTS) {
      if (has(folder + whole)) {
        return List.of(folder + whole);
      }
      String index = folder + whole + INDEX;
      if (has(index)) {
        Set<String> parts = new LinkedHashSet<>(List.of(index));
        for (JsonNode part : read(index).path("weight_map")) {
          if (!RepoPath.isSafe(part.asText())) {
            throw refused(index + " names a file that is out of the model's folder");
          }
          parts.add(folder + part.asText());
        }
        return List.copyOf(parts);
      }
    }
    return List.of();
  }

  private ModelException refused(String why) {
    return new ModelException("Refused model %s: its %s".formatted(id, why));
  }

  private boolean has(String name) {
    return names.contains(name);
  }

  private JsonNode read(String name) {
    return Json.read(source.file(name));
  }
}
