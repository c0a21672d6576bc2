package org.sbertspark.benchmark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.sbertspark.model.Weights;

/**
 * Writes a {@link SyntheticModel} as ONNX, with the operators that ONNX Runtime's own optimiser
 * fuses transformers to: its fastest form on a CPU.
 *
 * <p>Inputs: {@code ids} and {@code positions} int64 {@code [batch, tokens]}, {@code lengths} int32
 * {@code [batch]}, and {@code shares} float32 {@code [batch, 1, tokens]}, what each token adds to
 * the mean. Output: {@code vectors} float32 {@code [batch, hidden]} of length 1.
 */
final class OnnxModel {
  private static final float LAYER_NORM_EPS = 1e-5f;

  private final SyntheticModel shape;
  private final Weights weights;
  private final OnnxGraph graph;

  private OnnxModel(SyntheticModel shape, Weights weights, OnnxGraph graph) {
    this.shape = shape;
    this.weights = weights;
    this.graph = graph;
  }

  /**
   * Writes the file.
   *
   * @param weights as {@link SyntheticModel} names them
   */
  static void write(SyntheticModel shape, Weights weights, Path file) throws IOException {
    try (OnnxGraph graph = new OnnxGraph(file)) {
      new OnnxModel(shape, weights, graph).write();
    }
  }

  private void write() throws IOException {
    graph.input("ids", OnnxGraph.INT64, "batch", "tokens");
    graph.input("positions", OnnxGraph.INT64, "batch", "tokens");
    graph.input("lengths", OnnxGraph.INT32, "batch");
    graph.input("shares", OnnxGraph.FLOAT, "batch", "one", "tokens");
    String h = embeddings();
    for (int i = 0; i < shape.layers(); i++) {
      h = layer("encoder.layer." + i + ".", h);
    }
    graph.node("MatMul", List.of("shares", h), "means");
    graph.numbers("axis", 1);
    graph.node("Squeeze", List.of("means", "axis"), "mean");
    graph.node(
        "LpNormalization",
        List.of("mean"),
        "vectors",
        OnnxGraph.attribute("axis", -1),
        OnnxGraph.attribute("p", 2));
    graph.output("vectors", OnnxGraph.FLOAT, "batch", "hidden");
  }

  private String embeddings() throws IOException {
    String embeddings = "embeddings.";
    graph.node("Gather", List.of(copy(embeddings + "word_embeddings.weight"), "ids"), "words");
    graph.node(
        "Gather", List.of(copy(embeddings + "position_embeddings.weight"), "positions"), "places");
    String type = embeddings + "token_type_embeddings.weight";
    graph.tensor(type, values(type), shape.hidden());
    return addAndNorm("words", "places", type, embeddings + "LayerNorm");
  }

  private String layer(String layer, String h) throws IOException {
    String attention = layer + "attention";
    String qkv = layer + "qkv";
    int hidden = shape.hidden();
    float[] weight = new float[3 * hidden * hidden];
    float[] bias = new float[3 * hidden];
    List<String> maps = List.of("query", "key", "value");
    for (int map = 0; map < 3; map++) {
      String name = attention + ".self." + maps.get(map);
      System.arraycopy(values(name + ".bias"), 0, bias, map * hidden, hidden);
      float[] one = transposed(name + ".weight", hidden, hidden);
      for (int row = 0; row < hidden; row++) {
        System.arraycopy(one, row * hidden, weight, (3 * row + map) * hidden, hidden);
      }
    }
    graph.tensor(qkv + ".weight", weight, hidden, 3L * hidden);
    graph.tensor(qkv + ".bias", bias, 3L * hidden);
    graph.fused(
        "Attention",
        List.of(h, qkv + ".weight", qkv + ".bias", "lengths"),
        attention,
        OnnxGraph.attribute("num_heads", shape.heads()));
    String attended =
        addAndNorm(
            product(attention, attention + ".output.dense", hidden, hidden),
            h,
            copy(attention + ".output.dense.bias"),
            attention + ".output.LayerNorm");
    String wide = product(attended, layer + "intermediate.dense", shape.intermediate(), hidden);
    graph.fused("BiasGelu", List.of(wide, copy(layer + "intermediate.dense.bias")), layer + "gelu");
    return addAndNorm(
        product(layer + "gelu", layer + "output.dense", hidden, shape.intermediate()),
        attended,
        copy(layer + "output.dense.bias"),
        layer + "output.LayerNorm");
  }

  /** x W'. */
  private String product(String x, String name, int outputs, int inputs) throws IOException {
    graph.tensor(name + ".weight", transposed(name + ".weight", outputs, inputs), inputs, outputs);
    graph.node("MatMul", List.of(x, name + ".weight"), name);
    return name;
  }

  /** LayerNorm(x + residual + bias). */
  private String addAndNorm(String x, String residual, String bias, String norm)
      throws IOException {
    graph.fused(
        "SkipLayerNormalization",
        List.of(x, residual, copy(norm + ".weight"), copy(norm + ".bias"), bias),
        norm,
        OnnxGraph.attribute("epsilon", LAYER_NORM_EPS));
    return norm;
  }

  /** Adds a tensor as it is stored, under its own name. */
  private String copy(String name) throws IOException {
    graph.tensor(
        name,
        values(name),
        weights.get(name).shape().stream().mapToLong(Long::longValue).toArray());
    return name;
  }

  private float[] transposed(String name, int rows, int columns) throws IOException {
    float[] values = values(name);
    float[] transposed = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed[column * rows + row] = values[row * columns + column];
      }
    }
    return transposed;
  }

  private float[] values(String name) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    weights.get(name).writeFloat32(bytes);
    float[] values = new float[bytes.size() / Float.BYTES];
    ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
