package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {
  private static final String HEADER =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

  /** As NumPy writes it: the header is padded to a multiple of 64 bytes. */
  private static byte[] npy(String header, int numbers) {
    String padded = header + " ".repeat(117 - header.length()) + "\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + padded.length() + numbers * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    bytes.putShort((short) padded.length()).put(padded.getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < numbers; i++) {
      bytes.putFloat(i + 0.5f);
    }
    return bytes.array();
  }

  @Test
  void rowsAreReadInOrder() {
    assertThat(NpyFile.parse(npy(HEADER, 6), "m.npy"))
        .isDeepEqualTo(new float[][] {{0.5f, 1.5f, 2.5f}, {3.5f, 4.5f, 5.5f}});
  }

  @Test
  void matrixWithoutRowsIsRead() {
    assertThat(NpyFile.parse(npy(HEADER.replace("(2, 3)", "(0, 3)"), 0), "m.npy")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 7})
  void dataThatDoNotFillTheShapeAreRefused(int numbers) {
    assertThatThrownBy(() -> NpyFile.parse(npy(HEADER, numbers), "m.npy"))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot read vectors from m.npy: it promises 2 rows of 3 numbers, its data have %d bytes",
            numbers * Float.BYTES);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 3), }",
        "nothing of the kind"
      })
  void whatIsNoFloat32MatrixIsRefused(String header) {
    assertThatThrownBy(() -> NpyFile.parse(npy(header, 6), "m.npy"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected float32 ('<f4') in C order with two dimensions");
  }

  @Test
  void sizesBeyondTheFileAreRefusedBeforeAnythingIsAllocated() {
    for (String shape : new String[] {"(999999999, 999999999)", "(999999999, 0)"}) {
      assertThatThrownBy(() -> NpyFile.parse(npy(HEADER.replace("(2, 3)", shape), 0), "m.npy"))
          .isInstanceOf(ModelException.class);
    }
  }

  @Test
  void everyCutIsRefused() {
    byte[] whole = npy(HEADER, 6);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> NpyFile.parse(cut, "m.npy"))
          .as("first %d bytes", length)
          .isInstanceOf(ModelException.class);
    }
  }
}
