package org.sbertspark.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A tensor of a checkpoint as its pickle describes it: a view of a storage. All numbers count
 * elements, and are as untrusted as the file until {@link #fitsStorage} has seen them.
 *
 * @param strides distance of neighbours along each dimension
 */
record StoredTensor(Storage storage, long offset, List<Long> shape, List<Long> strides) {
  private static final int MAX_DIMENSIONS = 64;

  /**
   * A run of elements, which several tensors may share.
   *
   * @param key its name in the checkpoint
   */
  record Storage(DType dtype, String key, long elements) {
    long bytes() {
      return elements * dtype.bytes();
    }
  }

  StoredTensor {
    shape = List.copyOf(shape);
    strides = List.copyOf(strides);
  }

  /** Whether all elements lie inside the storage, and are not more than those of the storage. */
  boolean fitsStorage() {
    if (shape.size() > MAX_DIMENSIONS || strides.size() != shape.size() || offset < 0) {
      return false;
    }
    try {
      long elements = 1;
      long last = offset;
      for (int i = 0; i < shape.size(); i++) {
        if (shape.get(i) < 0 || strides.get(i) < 0) {
          return false;
        }
        elements = Math.multiplyExact(elements, shape.get(i));
        long steps = Math.max(shape.get(i) - 1, 0);
        last = Math.addExact(last, Math.multiplyExact(steps, strides.get(i)));
      }
      return elements == 0 || (elements <= storage.elements && last < storage.elements);
    } catch (ArithmeticException e) {
      return false;
    }
  }

  long elements() {
    return Tensor.elements(shape);
  }

  /** Whether the elements lie in the order of the indices, without gaps. */
  boolean isContiguous() {
    long expected = 1;
    for (int i = shape.size() - 1; i >= 0; i--) {
      if (shape.get(i) != 1 && strides.get(i) != expected) {
        return false;
      }
      expected *= shape.get(i);
    }
    return true;
  }

  /** A copy of the elements in the order of the indices, as of a transposed weight. */
  ByteBuffer gather(ByteBuffer storageBytes) {
    int width = storage.dtype.bytes();
    int count = Math.toIntExact(elements());
    ByteBuffer out = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
    long[] index = new long[shape.size()];
    long at = offset;
    for (int n = 0; n < count; n++) {
      copy(storageBytes, Math.toIntExact(at * width), out, width);
      for (int i = index.length - 1; i >= 0; i--) {
        at += strides.get(i);
        if (++index[i] < shape.get(i)) {
          break;
        }
        at -= index[i] * strides.get(i);
        index[i] = 0;
      }
    }
    return out.flip();
  }

  private static void copy(ByteBuffer in, int at, ByteBuffer out, int width) {
    switch (width) {
      case Long.BYTES -> out.putLong(in.getLong(at));
      case Integer.BYTES -> out.putInt(in.getInt(at));
      case Short.BYTES -> out.putShort(in.getShort(at));
      default -> out.put(in.get(at));
    }
  }
}
