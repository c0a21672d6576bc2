package org.sbertspark.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Writes a safetensors file, all tensors of one element type, in the order in which they were
 * added. The header is known before the first value, so tensors are asked for one by one and at
 * most one is held. The same tensors give the same bytes. Not thread-safe.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class SafetensorsWriter {
  private static final int PREFIX_BYTES = 8;

  /** The data starts at a multiple of this, so that a reader may map it as numbers. */
  private static final int ALIGNMENT = 8;

  private static final int CHUNK_ELEMENTS = 1 << 14;

  private final DType dtype;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Where a tensor's values come from. */
  @FunctionalInterface
  private interface Values {
    void write(Entry entry, OutputStream out) throws IOException;
  }

  private record Entry(String name, List<Long> shape, Values values) {
    long elements() {
      return Tensor.elements(shape);
    }
  }

  /**
   * A writer without tensors.
   *
   * @param dtype F32, or F16: values are rounded to the nearest, ties to even
   */
  public SafetensorsWriter(DType dtype) {
    if (dtype != DType.F32 && dtype != DType.F16) {
      throw new IllegalArgumentException(
          "Cannot write safetensors of %s, expected F32 or F16".formatted(dtype));
    }
    this.dtype = dtype;
  }

  /**
   * Adds a tensor.
   *
   * @param shape sizes of the dimensions; none for a scalar
   * @param values row-major; asked for once by every {@link #write}
   */
  public SafetensorsWriter add(String name, long[] shape, Supplier<float[]> values) {
    return add(
        new Entry(
            name,
            Arrays.stream(shape).boxed().toList(),
            (entry, out) -> writeValues(entry, values.get(), out)));
  }

  /**
   * Adds a tensor whose values need no room on the heap, if this writer's type is F32.
   *
   * @param tensor of any float type and of this shape; asked for once by every {@link #write}
   */
  public SafetensorsWriter addTensor(String name, List<Long> shape, Supplier<Tensor> tensor) {
    return add(
        new Entry(
            name,
            List.copyOf(shape),
            (entry, out) -> {
              if (dtype == DType.F32) {
                requireShape(entry, tensor.get()).writeFloat32(out);
              } else {
                writeValues(entry, requireShape(entry, tensor.get()).toFloats(), out);
              }
            }));
  }

  private static Tensor requireShape(Entry entry, Tensor tensor) {
    if (!tensor.shape().equals(entry.shape)) {
      throw new ModelException(
          "Cannot write tensor %s: its values have the shape %s, expected %s"
              .formatted(entry.name, tensor.shape(), entry.shape));
    }
    return tensor;
  }

  private SafetensorsWriter add(Entry entry) {
    entry.elements(); // refuses impossible sizes here, where the caller sees the culprit
    if (entries.putIfAbsent(entry.name, entry) != null) {
      throw new IllegalArgumentException(
          "Cannot add tensor " + entry.name + ": it is there already");
    }
    return this;
  }

  /**
   * Writes the file, over an old one if there is one. Not atomic: a reader may see half a file.
   *
   * @throws ModelException if a tensor's values do not fill its shape, or a finite value is beyond
   *     what float16 can hold
   */
  public void write(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] header = header();
      ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      out.write(prefix.putLong(header.length).array());
      out.write(header);
      for (Entry entry : entries.values()) {
        entry.values.write(entry, out);
      }
    }
  }

  private byte[] header() {
    ObjectNode json = Json.mapper().createObjectNode();
    // Python's loaders ask for this key before they trust the layout of the tensors.
    json.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Entry entry : entries.values()) {
      long end = offset + entry.elements() * dtype.bytes();
      ObjectNode tensor = json.putObject(entry.name).put("dtype", dtype.name());
      ArrayNode shape = tensor.putArray("shape");
      entry.shape.forEach(shape::add);
      tensor.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    int padding = Math.floorMod(-(PREFIX_BYTES + text.length), ALIGNMENT);
    byte[] header = Arrays.copyOf(text, text.length + padding);
    Arrays.fill(header, text.length, header.length, (byte) ' ');
    return header;
  }

  private void writeValues(Entry entry, float[] values, OutputStream out) throws IOException {
    if (values.length != entry.elements()) {
      throw new ModelException(
          "Cannot write tensor %s: %d values, but its shape %s needs %d"
              .formatted(entry.name, values.length, entry.shape, entry.elements()));
    }
    ByteBuffer chunk =
        ByteBuffer.allocate(CHUNK_ELEMENTS * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int begin = 0; begin < values.length; begin += CHUNK_ELEMENTS) {
      int end = Math.min(begin + CHUNK_ELEMENTS, values.length);
      chunk.clear();
      for (int i = begin; i < end; i++) {
        if (dtype == DType.F32) {
          chunk.putFloat(values[i]);
        } else {
          chunk.putShort(checkedFloat16(entry, values[i]));
        }
      }
      out.write(chunk.array(), 0, chunk.position());
    }
  }

  private static short checkedFloat16(Entry entry, float value) {
    short half = float16(value);
    if ((half & 0x7fff) == 0x7c00 && Float.isFinite(value)) {
      throw new ModelException(
          "Cannot write tensor %s as F16: %s is beyond 65504, write F32"
              .formatted(entry.name, value));
    }
    return half;
  }

  /**
   * IEEE 754 binary32 to binary16, rounded to the nearest, ties to even, too large values to
   * infinity; {@code Float.floatToFloat16} exists only since Java 20.
   */
  static short float16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00); // not a number
    }
    if (magnitude >= 0x47800000) {
      return (short) (sign | 0x7c00); // 2^16 and more
    }
    if (magnitude < 0x38800000) {
      // Below 2^-14 halves are multiples of 2^-24, and rint rounds ties to even.
      return (short) (sign | (int) Math.rint(Math.abs(value) * 0x1p24));
    }
    // Thirteen bits of the fraction go; a carry rightly moves into the exponent.
    int rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return (short) (sign | ((rounded - 0x38000000) >>> 13));
  }
}
