package org.sbertspark.torchscript;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sbertspark.model.EncoderConfig;
import org.sbertspark.model.EncoderFamily.Positions;
import org.sbertspark.model.EncoderFamily.TensorNames;
import org.sbertspark.model.Weights;

/**
 * The encoder's module tree: embeddings, then post-LayerNorm transformer layers. Gathers the
 * tensors once; every target's tree uses the same ones.
 */
final class EncoderCompiler {
  private static final String ENCODER = "Encoder";
  private static final String LAYER = "EncoderLayer";

  /** The distance from which on all tokens share a bucket of the relative attention bias. */
  private static final int FARTHEST = 128;

  /** float32's lowest number: a masked token's weight becomes 0, and no row becomes NaN. */
  private static final String LOWEST = "-3.4028234663852886E38";

  private final EncoderConfig config;
  private final TensorNames names;
  private final ArchiveTensor words;
  private final ArchiveTensor positions;
  private final ArchiveTensor tokenTypes;
  private final Affine embeddingNorm;

  /** From embedding size to hidden size; null where the checkpoint has none. */
  private final Affine embeddingProjection;

  /** {@code [buckets, heads]}, shared by all layers; null where the family has none. */
  private final ArchiveTensor relativeBias;

  private final List<LayerTensors> layers = new ArrayList<>();

  private record Affine(ArchiveTensor weight, ArchiveTensor bias) {}

  private record LayerTensors(
      Affine qkv,
      Affine attentionOutput,
      Affine attentionNorm,
      Affine intermediate,
      Affine output,
      Affine outputNorm) {}

  /**
   * @throws org.sbertspark.model.ModelException if a tensor is missing or of the wrong shape
   */
  EncoderCompiler(EncoderConfig config, Weights weights) {
    this.config = config;
    this.names = config.family().tensors();
    EncoderTensors tensors = new EncoderTensors(config, weights);
    int width = config.embeddingSize();
    words = tensors.table(names.wordEmbeddings(), config.vocabSize(), width);
    positions = tensors.table(names.positionEmbeddings(), config.maxPositions(), width);
    tokenTypes =
        names.tokenTypeEmbeddings() == null
            ? null
            : tensors.table(
                names.tokenTypeEmbeddings(), tensors.rows(names.tokenTypeEmbeddings()), width);
    embeddingNorm = norm(tensors, names.embeddingNorm(), width);
    embeddingProjection =
        width == config.hiddenSize() && !tensors.hasWeight(names.embeddingProjection())
            ? null
            : affine(tensors, names.embeddingProjection(), config.hiddenSize(), width);
    relativeBias =
        names.relativeAttentionBias() == null
            ? null
            : tensors.table(
                names.relativeAttentionBias(),
                tensors.rows(names.relativeAttentionBias()),
                config.heads());
    int distinct = config.family().sharedLayer() ? 1 : config.layers();
    for (int layer = 0; layer < distinct; layer++) {
      layers.add(layer(tensors, tensors.layer(layer)));
    }
  }

  private LayerTensors layer(EncoderTensors tensors, String layer) {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    return new LayerTensors(
        new Affine(tensors.qkvWeight(layer, hidden), tensors.qkvBias(layer, hidden)),
        affine(tensors, layer + names.attentionOutput(), hidden, hidden),
        norm(tensors, layer + names.attentionNorm(), hidden),
        affine(tensors, layer + names.intermediate(), wide, hidden),
        affine(tensors, layer + names.output(), hidden, wide),
        norm(tensors, layer + names.outputNorm(), hidden));
  }

  private static Affine affine(EncoderTensors tensors, String name, int outputs, int inputs) {
    return new Affine(tensors.weight(name, outputs, inputs), tensors.bias(name, outputs));
  }

  private static Affine norm(EncoderTensors tensors, String name, int size) {
    return new Affine(tensors.normWeight(name, size), tensors.normBias(name, size));
  }

  /**
   * {@code forward(ids: int64 [batch, tokens], mask: bool [batch, tokens])} gives all hidden
   * states.
   */
  ScriptModule build(Blocks blocks) {
    ScriptModule encoder =
        new ScriptModule(ENCODER, forward(blocks))
            .submodule("words", blocks.embedding(words))
            .submodule("positions", blocks.embedding(positions))
            .submodule("embedding_norm", norm(blocks, embeddingNorm));
    if (tokenTypes != null) {
      encoder.parameter("token_types", tokenTypes);
    }
    if (embeddingProjection != null) {
      encoder.submodule(
          "projection", blocks.exactLinear(embeddingProjection.weight, embeddingProjection.bias));
    }
    if (relativeBias != null) {
      encoder.submodule("relative_bias", relativeBias());
    }
    for (int i = 0; i < layers.size(); i++) {
      encoder.submodule("layer_" + i, layer(blocks, layers.get(i)));
    }
    return encoder;
  }

  private String forward(Blocks blocks) {
    StringBuilder text = new StringBuilder();
    text.append("  def forward(self: __torch__.Encoder, ids: Tensor, mask: Tensor) -> Tensor:\n");
    if (config.family().positions() == Positions.AFTER_PADDING) {
      // As in the reference: what counts is the id, so a typed pad token has no position of its
      // own.
      line(text, "real = torch.to(torch.ne(ids, %d), 4)", config.padTokenId());
      line(
          text,
          "position_ids = torch.add(torch.mul(torch.cumsum(real, 1), real), %d)",
          config.padTokenId());
      line(text, "position = (self.positions).forward(position_ids)");
    } else {
      line(text, "position_ids = torch.arange(torch.size(ids, 1), dtype=4, device=ids.device)");
      line(text, "position = (self.positions).forward(position_ids)");
    }
    line(text, "h = torch.add((self.words).forward(ids), position)");
    if (tokenTypes != null) {
      line(text, "h = torch.add(h, torch.select(self.token_types, 0, 0))");
    }
    line(text, "h = %s", blocks.dropped("(self.embedding_norm).forward(h)"));
    if (embeddingProjection != null) {
      line(text, "h = (self.projection).forward(h)");
    }
    line(text, "attend = torch.unsqueeze(torch.unsqueeze(mask, 1), 1)");
    if (relativeBias != null) {
      line(text, "bias = (self.relative_bias).forward(torch.size(ids, 1), h)");
      String masked = "torch.masked_fill(bias, torch.bitwise_not(attend), %s)".formatted(LOWEST);
      line(text, "attend = %s", blocks.attentionBias(masked));
    }
    for (int i = 0; i < config.layers(); i++) {
      line(text, "h = (self.layer_%d).forward(h, attend)", i % layers.size());
    }
    line(text, "return h");
    return text.toString();
  }

  /**
   * MPNet's (and T5's) relative attention bias {@code [1, heads, tokens, tokens]}: half of the
   * buckets for each direction, the nearer half of those one a distance, the others logarithmic up
   * to {@value #FARTHEST}.
   */
  private ScriptModule relativeBias() {
    long perDirection = relativeBias.shape().get(0) / 2;
    long exact = perDirection / 2;
    String forward =
        text(
            """
          def forward(self: __torch__.RelativeBias, tokens: int, like: Tensor) -> Tensor:
            place = torch.arange(tokens, dtype=4, device=like.device)
            distance = torch.sub(torch.unsqueeze(place, 0), torch.unsqueeze(place, 1))
            direction = torch.mul(torch.to(torch.gt(distance, 0), 4), %1$d)
            distance = torch.abs(distance)
            ratio = torch.div(torch.log(torch.div(torch.to(distance, 6), %2$d)), %3$s)
            far = torch.add(torch.to(torch.mul(ratio, %4$d), 4), %2$d)
            far = torch.clamp(far, None, %5$d)
            bucket = torch.where(torch.lt(distance, %2$d), distance, far)
            values = torch.embedding(self.weight, torch.add(direction, bucket))
            return torch.unsqueeze(torch.permute(values, [2, 0, 1]), 0)
        """,
            perDirection,
            exact,
            Blocks.number(Math.log((double) FARTHEST / exact)),
            perDirection - exact,
            perDirection - 1);
    return new ScriptModule("RelativeBias", forward).parameter("weight", relativeBias);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append("    ").append(text(format, values)).append('\n');
  }

  /** Digits as TorchScript reads them, whatever this machine's language is. */
  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private ScriptModule layer(Blocks blocks, LayerTensors tensors) {
    int hidden = config.hiddenSize();
    String forward =
        text(
            """
          def forward(self: __torch__.EncoderLayer, h: Tensor, attend: Tensor) -> Tensor:
            batch = torch.size(h, 0)
            tokens = torch.size(h, 1)
            qkv = torch.view((self.qkv).forward(h), [batch, tokens, 3, %d, %d])
            q, k, v, = torch.unbind(torch.permute(qkv, [2, 0, 3, 1, 4]), 0)
        %s    a = torch.scaled_dot_product_attention(q, k, v, attend, %s, False)
            a = torch.reshape(torch.transpose(a, 1, 2), [batch, tokens, %d])
            h = (self.attention_norm).forward((self.attention_output).forward(a, h))
            wide = (self.intermediate).forward(h)
            return (self.output_norm).forward((self.output).forward(wide, h))
        """,
            config.heads(),
            hidden / config.heads(),
            blocks.attentionDropout(),
            blocks.attentionProbability(),
            hidden);
    return new ScriptModule(LAYER, forward)
        .submodule("qkv", blocks.linear(tensors.qkv.weight, tensors.qkv.bias))
        .submodule(
            "attention_output",
            residual(blocks, tensors.attentionOutput, config.family().attentionOutputDropout()))
        .submodule("attention_norm", norm(blocks, tensors.attentionNorm))
        .submodule(
            "intermediate",
            blocks.linear(
                tensors.intermediate.weight, tensors.intermediate.bias, config.activation()))
        .submodule("output", residual(blocks, tensors.output, config.family().outputDropout()))
        .submodule("output_norm", norm(blocks, tensors.outputNorm));
  }

  /** What a part of the layer adds to the hidden state, of which training may drop components. */
  private static ScriptModule residual(Blocks blocks, Affine map, boolean drops) {
    return drops
        ? blocks.droppedLinearResidual(map.weight, map.bias)
        : blocks.linearResidual(map.weight, map.bias);
  }

  private ScriptModule norm(Blocks blocks, Affine affine) {
    return blocks.layerNorm(affine.weight, affine.bias, config.layerNormEps());
  }
}
