package org.sbertspark.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's file format 1.0, as far as a matrix of vectors needs it: two dimensions, little-endian
 * float32, C order. The magic, the version, the header's length in two bytes, the header (a Python
 * dictionary in a fixed spelling), then the rows.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">the
 *     format</a>
 */
public final class NpyFile {
  private static final byte[] MAGIC_AND_VERSION = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int HEADER_START = MAGIC_AND_VERSION.length + Short.BYTES;

  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '<f4', 'fortran_order': False, 'shape': \\((\\d{1,9}), (\\d{1,9})\\),? *\\}\\s*");

  private NpyFile() {}

  /**
   * The rows of the matrix in this file.
   *
   * @throws ModelException if it is cut off or anything but such a matrix
   */
  public static float[][] read(Path file) {
    return parse(SmallFile.bytes(file), file.toString());
  }

  /**
   * The rows of the matrix in these bytes.
   *
   * @param where they come from, for the message
   */
  public static float[][] parse(byte[] npy, String where) {
    if (npy.length < HEADER_START
        || !Arrays.equals(
            npy, 0, MAGIC_AND_VERSION.length, MAGIC_AND_VERSION, 0, MAGIC_AND_VERSION.length)) {
      throw bad(where, "it is no .npy file of version 1.0");
    }
    ByteBuffer bytes = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = Short.toUnsignedInt(bytes.getShort(MAGIC_AND_VERSION.length));
    if (headerBytes > npy.length - HEADER_START) {
      throw bad(where, "it is cut off inside its header");
    }
    String text = new String(npy, HEADER_START, headerBytes, StandardCharsets.ISO_8859_1);
    Matcher header = HEADER.matcher(text);
    if (!header.matches()) {
      throw bad(
          where,
          "its header is %s, expected float32 ('<f4') in C order with two dimensions"
              .formatted(Untrusted.printable(text.strip())));
    }
    int rows = Integer.parseInt(header.group(1));
    int columns = Integer.parseInt(header.group(2));
    int dataBytes = npy.length - HEADER_START - headerBytes;
    if ((long) rows * columns * Float.BYTES != dataBytes) {
      throw bad(
          where,
          "it promises %d rows of %d numbers, its data have %d bytes"
              .formatted(rows, columns, dataBytes));
    }
    if (columns == 0) {
      // Any number of empty rows fits into no bytes.
      throw bad(where, "its rows are empty");
    }
    float[][] matrix = new float[rows][columns];
    bytes.position(HEADER_START + headerBytes);
    for (float[] row : matrix) {
      for (int i = 0; i < columns; i++) {
        row[i] = bytes.getFloat();
      }
    }
    return matrix;
  }

  private static ModelException bad(String where, String what) {
    return new ModelException("Cannot read vectors from %s: %s".formatted(where, what));
  }
}
