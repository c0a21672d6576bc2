package org.sbertspark.benchmark;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An ONNX model as it is built: nodes in order, tensors as external data in a file beside it.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the fields' numbers</a>
 */
final class OnnxGraph implements AutoCloseable {
  static final int FLOAT = 1;
  static final int INT32 = 6;
  static final int INT64 = 7;

  private static final int IR_VERSION = 8;
  private static final int OPSET = 17;
  private static final String MICROSOFT = "com.microsoft";

  /** TensorProto.DataLocation.EXTERNAL. */
  private static final int EXTERNAL = 1;

  private final Path file;
  private final Path dataFile;
  private final OutputStream data;
  private final ProtoWriter graph = new ProtoWriter().text(2, "encoder");
  private long offset;

  /**
   * @param file of the model; its tensors go to a file of the same name and {@code .data}
   */
  OnnxGraph(Path file) throws IOException {
    this.file = file;
    dataFile = file.resolveSibling(file.getFileName() + ".data");
    data = new BufferedOutputStream(Files.newOutputStream(dataFile), 1 << 20);
  }

  /** A node of ONNX's own operators. */
  void node(String operator, List<String> inputs, String output, ProtoWriter... attributes) {
    node("", operator, inputs, output, attributes);
  }

  /** A node of the operators that ONNX Runtime itself fuses to. */
  void fused(String operator, List<String> inputs, String output, ProtoWriter... attributes) {
    node(MICROSOFT, operator, inputs, output, attributes);
  }

  private void node(
      String domain,
      String operator,
      List<String> inputs,
      String output,
      ProtoWriter... attributes) {
    ProtoWriter node = new ProtoWriter();
    inputs.forEach(input -> node.text(1, input));
    node.text(2, output).text(3, output).text(4, operator);
    for (ProtoWriter attribute : attributes) {
      node.message(5, attribute);
    }
    graph.message(1, node.text(7, domain));
  }

  static ProtoWriter attribute(String name, long value) {
    return new ProtoWriter().text(1, name).number(3, value).number(20, 2);
  }

  static ProtoWriter attribute(String name, float value) {
    return new ProtoWriter().text(1, name).real(2, value).number(20, 1);
  }

  /** A float32 tensor, row-major. */
  void tensor(String name, float[] values, long... shape) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    tensor(name, FLOAT, bytes.array(), shape);
  }

  /** A vector of int64. */
  void numbers(String name, long... values) {
    ProtoWriter tensor = new ProtoWriter().number(1, values.length).number(2, INT64);
    // Inside the model: shape inference wants to see it.
    for (long value : values) {
      tensor.number(7, value);
    }
    graph.message(5, tensor.text(8, name));
  }

  private void tensor(String name, int type, byte[] bytes, long... shape) throws IOException {
    ProtoWriter tensor = new ProtoWriter();
    for (long size : shape) {
      tensor.number(1, size);
    }
    tensor.number(2, type).text(8, name);
    tensor.message(13, entry("location", dataFile.getFileName().toString()));
    tensor.message(13, entry("offset", Long.toString(offset)));
    tensor.message(13, entry("length", Integer.toString(bytes.length)));
    graph.message(5, tensor.number(14, EXTERNAL));
    data.write(bytes);
    offset += bytes.length;
  }

  private static ProtoWriter entry(String key, String value) {
    return new ProtoWriter().text(1, key).text(2, value);
  }

  void input(String name, int type, String... dimensions) {
    graph.message(11, value(name, type, dimensions));
  }

  void output(String name, int type, String... dimensions) {
    graph.message(12, value(name, type, dimensions));
  }

  private static ProtoWriter value(String name, int type, String... dimensions) {
    ProtoWriter shape = new ProtoWriter();
    for (String dimension : dimensions) {
      shape.message(1, new ProtoWriter().text(2, dimension));
    }
    ProtoWriter tensor = new ProtoWriter().number(1, type).message(2, shape);
    return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensor));
  }

  /** Writes the model; its tensors are written already. */
  @Override
  public void close() throws IOException {
    data.close();
    ProtoWriter model =
        new ProtoWriter()
            .number(1, IR_VERSION)
            .message(7, graph)
            .message(8, new ProtoWriter().text(1, "").number(2, OPSET))
            .message(8, new ProtoWriter().text(1, MICROSOFT).number(2, 1));
    Files.write(file, model.toByteArray());
  }
}
