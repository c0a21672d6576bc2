package org.sbertspark.torchscript;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.Tensor;

/**
 * A float32 tensor of the compiled model: one stored tensor, or several one below the other (along
 * the first dimension). Identity matters: an instance is stored once, however often it is used.
 */
public final class ArchiveTensor {
  private final List<Tensor> parts;
  private final List<Long> shape;

  private ArchiveTensor(List<Tensor> parts, List<Long> shape) {
    this.parts = parts;
    this.shape = shape;
  }

  /** The parts must agree in all dimensions but the first. */
  static ArchiveTensor of(Tensor... parts) {
    List<Long> shape = new java.util.ArrayList<>(parts[0].shape());
    for (Tensor part : Arrays.asList(parts).subList(1, parts.length)) {
      if (!part.shape().subList(1, part.shape().size()).equals(shape.subList(1, shape.size()))) {
        throw new ModelException(
            "Tensors %s and %s do not fit below each other: %s, %s"
                .formatted(parts[0].name(), part.name(), parts[0].shape(), part.shape()));
      }
      shape.set(0, shape.get(0) + part.shape().get(0));
    }
    return new ArchiveTensor(List.of(parts), List.copyOf(shape));
  }

  /** The stored tensors, the first one on top. */
  public List<Tensor> parts() {
    return parts;
  }

  public List<Long> shape() {
    return shape;
  }

  public long elements() {
    return Tensor.elements(shape);
  }

  /** Row-major little-endian float32. */
  public void writeTo(OutputStream out) throws IOException {
    for (Tensor part : parts) {
      part.writeFloat32(out);
    }
  }
}
