package org.sbertspark.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * One stored tensor: contiguous, row-major, little-endian.
 *
 * @param name as in the file, for messages
 * @param shape sizes of the dimensions; empty for a scalar
 * @param data exactly the tensor's bytes; usually a slice of a memory-mapped file
 */
public record Tensor(String name, DType dtype, List<Long> shape, ByteBuffer data) {

  private static final int CHUNK_ELEMENTS = 1 << 14;

  public Tensor {
    shape = List.copyOf(shape);
    data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
    long expected = Math.multiplyExact(elements(shape), dtype.bytes());
    if (data.remaining() != expected) {
      throw new ModelException(
          "Tensor %s: %d bytes of data, but %s %s needs %d"
              .formatted(name, data.remaining(), dtype, shape, expected));
    }
  }

  /** A float32 vector of zeros. */
  public static Tensor zeros(String name, int size) {
    return new Tensor(
        name, DType.F32, List.of((long) size), ByteBuffer.allocate(size * Float.BYTES));
  }

  /** The number of elements of a shape; refuses negative sizes and products beyond a long. */
  public static long elements(List<Long> shape) {
    long product = 1;
    for (long size : shape) {
      if (size < 0) {
        throw new ModelException("A tensor's shape has a negative size: " + shape);
      }
      try {
        product = Math.multiplyExact(product, size);
      } catch (ArithmeticException e) {
        throw new ModelException("A tensor's shape is too large: " + shape, e);
      }
    }
    return product;
  }

  public long elements() {
    return elements(shape);
  }

  /** Refuses every shape but this one. */
  public Tensor requireShape(long... expected) {
    List<Long> wanted = java.util.Arrays.stream(expected).boxed().toList();
    if (!shape.equals(wanted)) {
      throw new ModelException(
          "Tensor %s has shape %s, expected %s: the weights do not fit config.json"
              .formatted(name, shape, wanted));
    }
    return this;
  }

  /** Writes the elements as little-endian float32, converted chunk by chunk. */
  public void writeFloat32(OutputStream out) throws IOException {
    if (!dtype.isFloat()) {
      throw new ModelException(
          "Tensor %s is %s, expected one of F64, F32, F16, BF16".formatted(name, dtype));
    }
    ByteBuffer in = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer chunk =
        ByteBuffer.allocate(CHUNK_ELEMENTS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      chunk.clear();
      while (chunk.hasRemaining() && in.hasRemaining()) {
        chunk.putFloat(nextFloat(in));
      }
      out.write(chunk.array(), 0, chunk.position());
    }
  }

  /** All elements as float32. For small tensors and tests; weights are streamed. */
  public float[] toFloats() {
    float[] floats = new float[Math.toIntExact(elements())];
    ByteBuffer in = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < floats.length; i++) {
      floats[i] = nextFloat(in);
    }
    return floats;
  }

  private float nextFloat(ByteBuffer in) {
    return switch (dtype) {
      case F32 -> in.getFloat();
      case F16 -> float16(in.getShort());
      case BF16 -> Float.intBitsToFloat(in.getShort() << 16);
      case F64 -> (float) in.getDouble();
      default -> throw new ModelException("Tensor " + name + " is " + dtype + ", not a float type");
    };
  }

  /**
   * IEEE 754 binary16 to binary32, exact; {@code Float.float16ToFloat} exists only since Java 20.
   */
  static float float16(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
    }
    if (exponent == 0) {
      float subnormal = fraction * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
  }
}
