package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * The encoder's sizes, from config.json.
 *
 * @param embeddingSize columns of the embedding tables; differs from {@code hiddenSize} where the
 *     family has a projection
 * @param maxPositions rows of the position table
 * @param hiddenDropout probability with which training drops a component of a hidden state
 * @param attentionDropout probability with which training drops a token from an attention
 */
public record EncoderConfig(
    EncoderFamily family,
    int vocabSize,
    int embeddingSize,
    int hiddenSize,
    int layers,
    int heads,
    int intermediateSize,
    int maxPositions,
    int padTokenId,
    double layerNormEps,
    Activation activation,
    double hiddenDropout,
    double attentionDropout)
    implements EncoderSpec {

  /**
   * @param where the file's name, for messages
   * @throws ModelException if the family is unknown, or a size is missing or impossible
   */
  static EncoderConfig read(JsonNode json, String where) {
    String modelType = json.path("model_type").asText("");
    if (modelType.isEmpty()) {
      throw new ModelException(where + " has no model_type");
    }
    EncoderFamily family =
        EncoderFamily.named(modelType)
            .orElseThrow(
                () ->
                    new ModelException(
                        "%s: model_type %s is not supported, expected an encoder such as \"roberta\" or \"bert\""
                            .formatted(where, Json.brief(json.get("model_type")))));
    String positions = json.path("position_embedding_type").asText("absolute");
    if (!positions.equals("absolute")) {
      throw new ModelException(
          "%s: position_embedding_type \"%s\" is not supported, expected \"absolute\""
              .formatted(where, positions));
    }
    for (String groups : List.of("num_hidden_groups", "inner_group_num")) {
      if (json.path(groups).asInt(1) != 1) {
        throw new ModelException(
            "%s: %s is %s, expected 1".formatted(where, groups, Json.brief(json.get(groups))));
      }
    }
    EncoderFamily.ConfigKeys keys = family.config();
    int hiddenSize = Json.positiveInt(json, keys.hiddenSize(), where);
    int heads = Json.positiveInt(json, keys.heads(), where);
    if (hiddenSize % heads != 0) {
      throw new ModelException(
          "%s: %s is %d, expected a multiple of the %d attention heads"
              .formatted(where, keys.hiddenSize(), hiddenSize, heads));
    }
    return new EncoderConfig(
        family,
        Json.positiveInt(json, keys.vocabSize(), where),
        Json.positiveInt(json, keys.embeddingSize(), where),
        hiddenSize,
        Json.positiveInt(json, keys.layers(), where),
        heads,
        Json.positiveInt(json, keys.intermediateSize(), where),
        Json.positiveInt(json, keys.maxPositions(), where),
        Json.tokenId(json, "pad_token_id", family.defaultPadTokenId(), where),
        Json.positiveDouble(json, "layer_norm_eps", family.defaultLayerNormEps(), where),
        Activation.named(json.path(keys.activation()).asText(family.defaultActivation()), where),
        Json.probability(json, keys.hiddenDropout(), family.defaultDropout(), where),
        Json.probability(json, keys.attentionDropout(), family.defaultDropout(), where));
  }

  @Override
  public String modelType() {
    return family.modelType();
  }

  @Override
  public boolean framesTexts() {
    return true;
  }

  /** As many as the position table has rows for. */
  @Override
  public int positionCapacity() {
    return switch (family.positions()) {
      case ABSOLUTE -> maxPositions;
      case AFTER_PADDING -> maxPositions - padTokenId - 1;
    };
  }
}
