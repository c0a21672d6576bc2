package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a model is, in the words of its files: for people, and inside a bundle.
 *
 * @param name the model folder's name
 * @param fingerprint 64 hexadecimal digits over everything in the folder that decides the vectors
 * @param family the {@code model_type} of config.json, or {@code static}
 * @param layers of the encoder, 0 for a static one; so the heads
 * @param hiddenSize the length of a token's vector
 * @param dimension the length of a text's vector
 * @param parameters the number of weights that are computed with; a shared layer counts once, and
 *     heads that make no vectors do not count
 * @param modules in order, the encoder first
 * @param maxSeqLength tokens a text may have before it is cut, special tokens included
 * @param positionCapacity the most that {@code maxSeqLength} may be set to
 * @param doLowerCase whether texts are lower-cased before the tokenizer
 * @param prompts texts to put in front of others, by name
 * @param defaultPromptName the prompt that is used if none is asked for; null: none
 * @param weights format and element types of the encoder's weights, as stored: {@code safetensors,
 *     F32}
 * @param files those that decide the vectors, relative to the folder
 */
public record ModelDescription(
    String name,
    String fingerprint,
    String family,
    int layers,
    int hiddenSize,
    int heads,
    int dimension,
    long parameters,
    List<ModuleDescription> modules,
    int maxSeqLength,
    int positionCapacity,
    boolean doLowerCase,
    Map<String, String> prompts,
    String defaultPromptName,
    Tokenizer tokenizer,
    String weights,
    List<ModelFile> files) {

  public ModelDescription {
    modules = List.copyOf(modules);
    prompts = Collections.unmodifiableMap(new LinkedHashMap<>(prompts));
    files = List.copyOf(files);
  }

  /**
   * One of the modules.
   *
   * @param type as modules.json names it
   * @param settings what its configuration says beyond the sizes
   * @param dimension the length of the vectors that it gives
   */
  public record ModuleDescription(String type, Map<String, Object> settings, int dimension) {
    public ModuleDescription {
      settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }
  }

  /**
   * The tokenizer.
   *
   * @param type BPE, WordPiece, Unigram or WordLevel
   * @param vocabularySize tokens that it knows, added ones included
   */
  public record Tokenizer(String type, int vocabularySize) {}

  /** A file of the model's folder. */
  public record ModelFile(String name, long sizeBytes) {}

  /**
   * Describes a folder.
   *
   * @param fingerprint the folder's own
   * @param parameters the number of weights that are computed with
   */
  public static ModelDescription of(ModelFolder model, String fingerprint, long parameters) {
    EncoderSpec encoder = model.encoder();
    boolean isStatic = encoder instanceof StaticEmbedding;
    List<ModuleDescription> modules = new ArrayList<>();
    modules.add(
        new ModuleDescription(
            isStatic ? "StaticEmbedding" : "Transformer", Map.of(), encoder.hiddenSize()));
    for (ModuleSpec module : model.modules()) {
      modules.add(
          new ModuleDescription(module.type(), module.settings(), module.outputDimension()));
    }
    return new ModelDescription(
        model.name(),
        fingerprint,
        encoder.modelType(),
        encoder instanceof EncoderConfig config ? config.layers() : 0,
        encoder.hiddenSize(),
        encoder instanceof EncoderConfig config ? config.heads() : 0,
        model.dimension(),
        parameters,
        modules,
        model.maxSeqLength(),
        encoder.positionCapacity(),
        model.doLowerCase(),
        model.prompts().texts(),
        model.prompts().defaultName().orElse(null),
        tokenizer(model.tokenizerJson()),
        weights(model.weights()),
        files(model));
  }

  /** The text of the default prompt; empty where the model has none. */
  public String defaultPrompt() {
    return Optional.ofNullable(defaultPromptName).map(prompts::get).orElse("");
  }

  private static String weights(Weights weights) {
    String types =
        weights.names().stream()
            .map(name -> weights.get(name).dtype())
            .distinct()
            .sorted()
            .map(DType::name)
            .collect(Collectors.joining(" and "));
    return "%s, %s".formatted(weights.format(), types);
  }

  private static Tokenizer tokenizer(byte[] json) {
    JsonNode tokenizer = Json.parse(json, "the tokenizer");
    JsonNode vocabulary = tokenizer.path("model").path("vocab");
    int size = vocabulary.size();
    Set<String> added = new HashSet<>();
    for (JsonNode token : tokenizer.path("added_tokens")) {
      // Those of a Unigram vocabulary, which is a list of pieces, stand in it by their place.
      boolean known =
          vocabulary.isArray()
              ? token.path("id").asInt() < size
              : vocabulary.has(token.path("content").asText());
      if (!known) {
        added.add(token.path("content").asText());
      }
    }
    return new Tokenizer(
        tokenizer.path("model").path("type").asText("unknown"), size + added.size());
  }

  private static List<ModelFile> files(ModelFolder model) {
    return Stream.concat(model.files().stream(), model.tokenizerFiles().stream())
        .distinct()
        .sorted()
        .map(file -> new ModelFile(file.toString(), size(model.folder().resolve(file))))
        .toList();
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new ModelException("Cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
