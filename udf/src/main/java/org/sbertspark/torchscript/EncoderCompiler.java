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

  /**
   * @param attended maps to query, key and value below each other; in a layer for first tokens to
   *     key and value
   * @param query null where {@code attended} has it
   */
  private record LayerTensors(
      Affine attended,
      Affine query,
      Affine attentionOutput,
      Affine attentionNorm,
      Affine intermediate,
      Affine output,
      Affine outputNorm) {}

  /**
   * @param firstTokens whether only the first token of each text is wanted of the last layer, which
   *     then computes no other; not with one layer shared by all
   * @throws org.sbertspark.model.ModelException if a tensor is missing or of the wrong shape
   */
  EncoderCompiler(EncoderConfig config, Weights weights, boolean firstTokens) {
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
      boolean queriesApart = firstTokens && layer == distinct - 1;
      layers.add(layer(tensors, tensors.layer(layer), queriesApart));
    }
  }

  private LayerTensors layer(EncoderTensors tensors, String layer, boolean queriesApart) {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    List<String> attended = List.of(names.query(), names.key(), names.value());
    if (queriesApart) {
      attended = attended.subList(1, 3);
    }
    return new LayerTensors(
        new Affine(
            tensors.joinedWeight(layer, attended, hidden),
            tensors.joinedBias(layer, attended, hidden)),
        queriesApart ? affine(tensors, layer + names.query(), hidden, hidden) : null,
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
   * {@code forward(ids: int64 [tokens], place: int64 [tokens], rows: List[int], widths: List[int],
   * sizes: List[int])} gives all hidden states, {@code [tokens, hidden]}, or those of first tokens,
   * {@code [texts, hidden]}. Texts lie one behind the other, nothing is padded; {@code place} is
   * that of a token in its text. A run is of {@code rows[i]} texts with {@code widths[i]} tokens in
   * each, {@code sizes[i]} in all: their attention is one operation.
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
      LayerTensors tensors = layers.get(i);
      encoder.submodule(
          "layer_" + i,
          tensors.query == null ? layer(blocks, tensors) : firstTokensLayer(blocks, tensors));
    }
    return encoder;
  }

  private String forward(Blocks blocks) {
    StringBuilder text = new StringBuilder();
    text.append(
        """
          def forward(self: __torch__.Encoder, ids: Tensor, place: Tensor, rows: List[int], widths: List[int], sizes: List[int]) -> Tensor:
        """);
    if (config.family().positions() == Positions.AFTER_PADDING) {
      // As in the reference: what counts is the id, so a typed pad token has no position of its
      // own.
      line(text, "real = torch.to(torch.ne(ids, %d), 4)", config.padTokenId());
      line(text, "seen = torch.cumsum(real, 0)");
      line(
          text,
          "first = torch.sub(torch.arange(torch.size(ids, 0), dtype=4, device=ids.device), place)");
      line(text, "before = torch.index_select(torch.sub(seen, real), 0, first)");
      line(
          text,
          "position_ids = torch.add(torch.mul(torch.sub(seen, before), real), %d)",
          config.padTokenId());
      line(text, "position = (self.positions).forward(position_ids)");
    } else {
      line(text, "position = (self.positions).forward(place)");
    }
    line(text, "h = torch.add((self.words).forward(ids), position)");
    if (tokenTypes != null) {
      line(text, "h = torch.add(h, torch.select(self.token_types, 0, 0))");
    }
    line(text, "h = %s", blocks.dropped("(self.embedding_norm).forward(h)"));
    if (embeddingProjection != null) {
      line(text, "h = (self.projection).forward(h)");
    }
    if (relativeBias != null) {
      // It depends on distances alone: that of fewer tokens is a corner of that of more.
      text.append(
          """
              widest = 0
              for i in range(torch.len(widths)):
                if torch.gt(widths[i], widest):
                  widest = widths[i]
                else:
                  pass
              bias = (self.relative_bias).forward(widest, h)
          """);
      line(text, "bias = %s", blocks.attentionBias("bias"));
      text.append(
          """
              biases = annotate(List[Tensor], [])
              for i in range(torch.len(widths)):
                _0 = torch.append(biases, torch.slice(torch.slice(bias, 2, 0, widths[i]), 3, 0, widths[i]))
          """);
    }
    for (int i = 0; i < config.layers(); i++) {
      line(
          text,
          "h = (self.layer_%d).forward(h, rows, widths, sizes%s)",
          i % layers.size(),
          relativeBias == null ? "" : ", biases");
    }
    line(text, "return h");
    return text.toString();
  }

  /**
   * MPNet's (and T5's) relative attention bias {@code [1, heads, tokens, tokens]}: half of the
   * buckets for each direction, the nearer half of those one a distance, the others logarithmic up
   * to {@value #FARTHEST}. Contiguous, as fused attention wants it.
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
            return torch.contiguous(torch.unsqueeze(torch.permute(values, [2, 0, 1]), 0))
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
    String attention =
        text(
            """
            qkv = torch.split_with_sizes((self.qkv).forward(h), sizes, 0)
            for i in range(torch.len(sizes)):
              run = torch.view(qkv[i], [rows[i], widths[i], 3, %1$d, %2$d])
              q, k, v, = torch.unbind(torch.permute(run, [2, 0, 3, 1, 4]), 0)
              a = torch.scaled_dot_product_attention(q, k, v, %3$s, %4$s, False)
              _0 = torch.append(attended, torch.reshape(torch.transpose(a, 1, 2), [sizes[i], %5$d]))
            """,
            config.heads(),
            config.hiddenSize() / config.heads(),
            relativeBias == null ? "None" : "biases[i]",
            blocks.attentionProbability(),
            config.hiddenSize());
    return layer(LAYER, blocks, tensors, attention)
        .submodule("qkv", blocks.linear(tensors.attended.weight, tensors.attended.bias));
  }

  /**
   * For pooling that takes the first token of each text: all tokens are attended to, but nothing
   * else of them is computed. In a layer of the usual shape that is a sixth of the work.
   */
  private ScriptModule firstTokensLayer(Blocks blocks, LayerTensors tensors) {
    String attention =
        text(
            """
            kv = torch.split_with_sizes((self.kv).forward(h), sizes, 0)
            all = torch.split_with_sizes(h, sizes, 0)
            firsts = annotate(List[Tensor], [])
            for i in range(torch.len(sizes)):
              run = torch.view(all[i], [rows[i], widths[i], %5$d])
              _0 = torch.append(firsts, torch.sum(torch.slice(run, 1, 0, 1), [1]))
            h = torch.cat(firsts, 0)
            query = torch.split_with_sizes((self.query).forward(h), rows, 0)
            for i in range(torch.len(sizes)):
              run = torch.view(kv[i], [rows[i], widths[i], 2, %1$d, %2$d])
              k, v, = torch.unbind(torch.permute(run, [2, 0, 3, 1, 4]), 0)
              q = torch.view(query[i], [rows[i], %1$d, 1, %2$d])
              a = torch.scaled_dot_product_attention(q, k, v, %3$s, %4$s, False)
              _1 = torch.append(attended, torch.reshape(a, [rows[i], %5$d]))
            """,
            config.heads(),
            config.hiddenSize() / config.heads(),
            relativeBias == null ? "None" : "torch.slice(biases[i], 2, 0, 1)",
            blocks.attentionProbability(),
            config.hiddenSize());
    return layer("FirstTokensLayer", blocks, tensors, attention)
        .submodule("kv", blocks.linear(tensors.attended.weight, tensors.attended.bias))
        .submodule("query", blocks.linear(tensors.query.weight, tensors.query.bias));
  }

  /**
   * @param attention statements that put what attention gives into {@code attended}, run by run,
   *     for the tokens of {@code h}
   */
  private ScriptModule layer(
      String className, Blocks blocks, LayerTensors tensors, String attention) {
    String forward =
        text(
            """
          def forward(self: __torch__.%s, h: Tensor, rows: List[int], widths: List[int], sizes: List[int]%s) -> Tensor:
            attended = annotate(List[Tensor], [])
        %s%s    if torch.eq(torch.len(attended), 1):
              a = attended[0]
            else:
              a = torch.cat(attended, 0)
            h = (self.attention_norm).forward((self.attention_output).forward(a, h))
            wide = (self.intermediate).forward(h)
            return (self.output_norm).forward((self.output).forward(wide, h))
        """,
            className,
            relativeBias == null ? "" : ", biases: List[Tensor]",
            blocks.attentionDropout(),
            attention.indent(4));
    return new ScriptModule(className, forward)
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
