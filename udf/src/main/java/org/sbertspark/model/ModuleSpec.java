package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** One module of modules.json behind the Transformer. */
public sealed interface ModuleSpec {

  /** Its name in modules.json, without the package. */
  String type();

  /** What its configuration says beyond the sizes, for people. */
  default Map<String, Object> settings() {
    return Map.of();
  }

  /** The length of the vectors it gives. */
  int outputDimension();

  /**
   * Token vectors to one vector.
   *
   * @param modes at least one, in the order of {@link PoolingMode}
   * @param tokenDimension length of a token's vector
   * @param includePrompt whether the prompt's tokens are pooled too
   */
  record Pooling(List<PoolingMode> modes, int tokenDimension, boolean includePrompt)
      implements ModuleSpec {
    public Pooling {
      modes = List.copyOf(modes);
    }

    @Override
    public String type() {
      return "Pooling";
    }

    @Override
    public Map<String, Object> settings() {
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("modes", modes.stream().map(PoolingMode::word).toList());
      if (!includePrompt) {
        settings.put("includePrompt", false);
      }
      return settings;
    }

    @Override
    public int outputDimension() {
      return modes.size() * tokenDimension;
    }

    static Pooling read(JsonNode json, String where) {
      int dimension = Json.positiveInt(json, "word_embedding_dimension", where);
      List<PoolingMode> modes = new ArrayList<>();
      JsonNode word = json.get("pooling_mode");
      if (word != null && word.isTextual()) {
        modes.add(byWord(word.textValue(), where));
      } else {
        for (PoolingMode mode : PoolingMode.values()) {
          // In the reference a missing mean flag is true, every other is false.
          if (json.path(mode.flag()).asBoolean(mode == PoolingMode.MEAN)) {
            modes.add(mode);
          }
        }
      }
      if (modes.isEmpty()) {
        throw new ModelException(where + " has no pooling mode that is true");
      }
      return new Pooling(modes, dimension, json.path("include_prompt").asBoolean(true));
    }

    private static PoolingMode byWord(String word, String where) {
      return Arrays.stream(PoolingMode.values())
          .filter(mode -> mode.word().equals(word))
          .findFirst()
          .orElseThrow(
              () ->
                  new ModelException(
                      "%s: pooling_mode \"%s\" is not supported, expected one of %s"
                          .formatted(
                              where,
                              word,
                              Arrays.stream(PoolingMode.values())
                                  .map(PoolingMode::word)
                                  .collect(Collectors.joining(", ")))));
    }
  }

  /** Unit length: x / max(norm, 1e-12). */
  record Normalize(int dimension) implements ModuleSpec {
    @Override
    public String type() {
      return "Normalize";
    }

    @Override
    public int outputDimension() {
      return dimension;
    }
  }

  /**
   * f(x W' + b).
   *
   * @param weights with {@code linear.weight} and, if {@code bias}, {@code linear.bias}
   */
  record Dense(
      int inputDimension,
      int outputDimension,
      boolean bias,
      DenseActivation activation,
      Weights weights)
      implements ModuleSpec {

    @Override
    public String type() {
      return "Dense";
    }

    @Override
    public Map<String, Object> settings() {
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("inputDimension", inputDimension);
      settings.put("activation", activation.torchClass());
      settings.put("bias", bias);
      return settings;
    }

    /** The reference's defaults: with bias, Tanh. */
    static Dense read(JsonNode json, Weights weights, String where) {
      return new Dense(
          Json.positiveInt(json, "in_features", where),
          Json.positiveInt(json, "out_features", where),
          json.path("bias").asBoolean(true),
          DenseActivation.named(
              json.path("activation_function").asText("torch.nn.modules.activation.Tanh"), where),
          weights);
    }
  }

  /**
   * Mean 0 and variance 1, then scaled and shifted; epsilon 1e-5.
   *
   * @param weights with {@code norm.weight} and {@code norm.bias}
   */
  record LayerNorm(int dimension, Weights weights) implements ModuleSpec {
    @Override
    public String type() {
      return "LayerNorm";
    }

    @Override
    public int outputDimension() {
      return dimension;
    }
  }
}
