package org.sbertspark.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Comparator;
import java.util.Optional;

/**
 * How one {@code model_type} differs from the others: its names for the keys of config.json and for
 * the tensors, and its kind of positions. A family is one JSON file among the resources of this
 * package, {@code families/<model_type>.json}; {@code "like"} names a family whose entries hold
 * where the file says nothing.
 *
 * @param attentionOutputDropout whether training drops components of what attention adds to the
 *     hidden states
 * @param outputDropout whether it drops components of what the feed-forward part adds
 */
public record EncoderFamily(
    String modelType,
    ConfigKeys config,
    int defaultPadTokenId,
    double defaultLayerNormEps,
    String defaultActivation,
    double defaultDropout,
    Positions positions,
    boolean sharedLayer,
    boolean attentionOutputDropout,
    boolean outputDropout,
    TensorNames tensors) {

  /** How a token's row in the position table is found. */
  public enum Positions {
    /** 0, 1, 2… */
    @JsonProperty("absolute")
    ABSOLUTE,
    /**
     * Pad id + 1, + 2… counted over the tokens whose id is not the pad id; the others have the pad
     * id's row.
     */
    @JsonProperty("after_padding")
    AFTER_PADDING
  }

  /** Keys of config.json. */
  public record ConfigKeys(
      String vocabSize,
      String embeddingSize,
      String hiddenSize,
      String layers,
      String heads,
      String intermediateSize,
      String maxPositions,
      String activation,
      String hiddenDropout,
      String attentionDropout) {}

  /**
   * Names of tensors without {@code .weight} and {@code .bias}; those of a layer stand behind
   * {@code layer}, in which <code>{layer}</code> is the layer's number. Null: the family has none.
   *
   * @param embeddingProjection from embedding size to hidden size
   * @param relativeAttentionBias one table of {@code [buckets, heads]} for all layers
   */
  public record TensorNames(
      String wordEmbeddings,
      String positionEmbeddings,
      String tokenTypeEmbeddings,
      String embeddingNorm,
      String embeddingProjection,
      String relativeAttentionBias,
      String layer,
      String query,
      String key,
      String value,
      String attentionOutput,
      String attentionNorm,
      String intermediate,
      String output,
      String outputNorm) {

    /**
     * What stands before these names in a checkpoint: {@code roberta.}, {@code 0.auto_model.} or
     * nothing.
     */
    public String prefix(Weights weights) {
      String known = wordEmbeddings + ".weight";
      return weights.names().stream()
          .filter(name -> name.equals(known) || name.endsWith("." + known))
          .map(name -> name.substring(0, name.length() - known.length()))
          .min(Comparator.comparingInt(String::length))
          .orElseThrow(
              () ->
                  new ModelException(
                      "The weights have no tensor %s, with or without a prefix".formatted(known)));
    }
  }

  /** The family of this {@code model_type}, if there is a description of it. */
  static Optional<EncoderFamily> named(String modelType) {
    // The name goes into a resource path, so nothing but a plain word may pass.
    if (!modelType.matches("[a-z0-9_-]{1,40}")) {
      return Optional.empty();
    }
    return description(modelType)
        .map(
            json -> {
              json.remove("like");
              json.put("modelType", modelType);
              try {
                return Json.mapper().treeToValue(json, EncoderFamily.class);
              } catch (JsonProcessingException e) {
                throw new IllegalStateException("families/" + modelType + ".json is wrong", e);
              }
            });
  }

  private static Optional<ObjectNode> description(String modelType) {
    String resource = "families/" + modelType + ".json";
    try (InputStream in = EncoderFamily.class.getResourceAsStream(resource)) {
      if (in == null) {
        return Optional.empty();
      }
      ObjectNode own = (ObjectNode) Json.parse(in.readAllBytes(), resource);
      JsonNode like = own.get("like");
      if (like == null) {
        return Optional.of(own);
      }
      ObjectNode merged = description(like.textValue()).orElseThrow();
      merge(merged, own);
      return Optional.of(merged);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read the resource " + resource, e);
    }
  }

  private static void merge(ObjectNode into, ObjectNode from) {
    from.fields()
        .forEachRemaining(
            field -> {
              JsonNode present = into.get(field.getKey());
              if (present instanceof ObjectNode below
                  && field.getValue() instanceof ObjectNode own) {
                merge(below, own);
              } else {
                into.set(field.getKey(), field.getValue());
              }
            });
  }
}
