package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  private static final float[] MATRIX = {1, -2.5f, 3e-8f, 0, 65504, -0f};

  @TempDir Path folder;

  private Path write(DType dtype) throws IOException {
    Path file = folder.resolve(dtype + ".safetensors");
    new SafetensorsWriter(dtype)
        .add("matrix", new long[] {2, 3}, () -> MATRIX)
        .add("scalar", new long[0], () -> new float[] {7})
        .add("nothing", new long[] {0, 4}, () -> new float[0])
        .write(file);
    return file;
  }

  @Test
  void float32IsReadBackExactly() throws IOException {
    SafetensorsFile read = SafetensorsFile.open(write(DType.F32));
    assertThat(read.names()).containsExactly("matrix", "scalar", "nothing");
    assertThat(read.get("matrix").dtype()).isEqualTo(DType.F32);
    assertThat(read.get("matrix").shape()).isEqualTo(List.of(2L, 3L));
    assertThat(read.get("matrix").toFloats()).containsExactly(MATRIX);
    assertThat(read.get("scalar").shape()).isEmpty();
    assertThat(read.get("scalar").toFloats()).containsExactly(7);
    assertThat(read.get("nothing").toFloats()).isEmpty();
  }

  @Test
  void float16IsReadBackRounded() throws IOException {
    float[] read = SafetensorsFile.open(write(DType.F16)).get("matrix").toFloats();
    // 3e-8 lies between 0 and the smallest half, 2^-24, which is nearer.
    assertThat(read).containsExactly(1, -2.5f, 0x1p-24f, 0, 65504, -0f);
  }

  @Test
  void moreValuesThanOneChunkAreAllWritten() throws IOException {
    float[] many = new float[40_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = i;
    }
    Path file = folder.resolve("many.safetensors");
    new SafetensorsWriter(DType.F32).add("x", new long[] {many.length}, () -> many).write(file);
    assertThat(SafetensorsFile.open(file).get("x").toFloats()).containsExactly(many);
  }

  @Test
  void dataStartsAlignedAndTheHeaderSaysWhoWroteIt() throws IOException {
    byte[] bytes = Files.readAllBytes(write(DType.F16));
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat((8 + header) % 8).isZero();
    assertThat(new String(bytes, 8, (int) header, StandardCharsets.UTF_8))
        .startsWith("{\"__metadata__\":{\"format\":\"pt\"}");
    assertThat(bytes).hasSize((int) (8 + header) + 2 * 7);
  }

  @Test
  void everyHalfSurvivesTheWayToFloatAndBack() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Tensor.float16((short) bits);
      if (Float.isNaN(value)) {
        assertThat(Tensor.float16(SafetensorsWriter.float16(value))).isNaN();
      } else {
        assertThat(SafetensorsWriter.float16(value)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void tiesGoToTheEvenHalf() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = Tensor.float16((short) bits);
      float high = Tensor.float16((short) (bits + 1));
      float middle = (low + high) / 2; // exact: one more bit than a half has
      short even = (short) ((bits & 1) == 0 ? bits : bits + 1);
      assertThat(SafetensorsWriter.float16(middle)).isEqualTo(even);
      assertThat(SafetensorsWriter.float16(Math.nextDown(middle))).isEqualTo((short) bits);
      assertThat(SafetensorsWriter.float16(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
    }
  }

  @Property
  void noHalfIsNearer(@ForAll @FloatRange(min = -70_000, max = 70_000) float value) {
    short half = SafetensorsWriter.float16(value);
    double error = Math.abs((double) Tensor.float16(half) - value);
    for (int neighbour : new int[] {half - 1, half + 1}) {
      double other = Math.abs((double) Tensor.float16((short) neighbour) - value);
      assertThat(Double.isNaN(other) || error <= other || Math.abs(value) > 65504).isTrue();
    }
  }

  @Test
  void valueBeyondFloat16IsRefused() {
    SafetensorsWriter writer =
        new SafetensorsWriter(DType.F16).add("w", new long[] {1}, () -> new float[] {65520});
    assertThatThrownBy(() -> writer.write(folder.resolve("f")))
        .isInstanceOf(ModelException.class)
        .hasMessage("Cannot write tensor w as F16: 65520.0 is beyond 65504, write F32");
  }

  @Test
  void infinityStaysInfinity() {
    assertThat(Tensor.float16(SafetensorsWriter.float16(Float.NEGATIVE_INFINITY)))
        .isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void valuesThatDoNotFillTheShapeAreRefused() {
    SafetensorsWriter writer =
        new SafetensorsWriter(DType.F32).add("w", new long[] {2, 2}, () -> new float[3]);
    assertThatThrownBy(() -> writer.write(folder.resolve("f")))
        .isInstanceOf(ModelException.class)
        .hasMessage("Cannot write tensor w: 3 values, but its shape [2, 2] needs 4");
  }

  @Test
  void nameTwiceIsRefused() {
    SafetensorsWriter writer =
        new SafetensorsWriter(DType.F32).add("w", new long[] {1}, () -> new float[1]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.add("w", new long[] {1}, () -> new float[1]))
        .withMessage("Cannot add tensor w: it is there already");
  }

  @Test
  void otherElementTypesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SafetensorsWriter(DType.BF16))
        .withMessage("Cannot write safetensors of BF16, expected F32 or F16");
  }
}
