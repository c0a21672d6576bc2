package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** One module of modules.json behind the Transformer. */
public sealed interface ModuleSpec {

  /** The length of the vectors it gives. */
  int outputDimension();

  /**
   * Token vectors to one vector.
   *
   * @param modes at least one, in the order of {@link PoolingMode}
   * @param tokenDimension length of a token's vector
   */
  record Pooling(List<PoolingMode> modes, int tokenDimension) implements ModuleSpec {
    public Pooling {
      modes = List.copyOf(modes);
    }

    @Override
    public int outputDimension() {
      return modes.size() * tokenDimension;
    }

    static Pooling read(JsonNode json, String where) {
      int dimension = Json.positiveInt(json, "word_embedding_dimension", where);
      if (!json.path("include_prompt").asBoolean(true)) {
        throw new ModelException(where + ": include_prompt false is not supported");
      }
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
      return new Pooling(modes, dimension);
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
    public int outputDimension() {
      return dimension;
    }
  }
}
