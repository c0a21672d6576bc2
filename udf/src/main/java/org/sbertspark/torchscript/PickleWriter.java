package org.sbertspark.torchscript;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes the few opcodes of pickle protocol 2 that libtorch's unpickler needs for a module tree.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">the opcodes</a>
 */
final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  PickleWriter() {
    out.writeBytes(new byte[] {(byte) 0x80, 2});
  }

  PickleWriter global(String module, String name) {
    out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  PickleWriter string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.write('X');
    out.writeBytes(littleEndian(Integer.BYTES).putInt(utf8.length).array());
    out.writeBytes(utf8);
    return this;
  }

  PickleWriter integer(long value) {
    if (value == (int) value) {
      out.write('J');
      out.writeBytes(littleEndian(Integer.BYTES).putInt((int) value).array());
    } else {
      out.writeBytes(new byte[] {(byte) 0x8a, Long.BYTES});
      out.writeBytes(littleEndian(Long.BYTES).putLong(value).array());
    }
    return this;
  }

  PickleWriter bool(boolean value) {
    out.write(value ? 0x88 : 0x89);
    return this;
  }

  PickleWriter none() {
    out.write('N');
    return this;
  }

  PickleWriter emptyTuple() {
    out.write(')');
    return this;
  }

  PickleWriter emptyDict() {
    out.write('}');
    return this;
  }

  PickleWriter mark() {
    out.write('(');
    return this;
  }

  /** Everything since the mark becomes a tuple. */
  PickleWriter tuple() {
    out.write('t');
    return this;
  }

  PickleWriter integers(List<Long> values) {
    mark();
    values.forEach(this::integer);
    return tuple();
  }

  /** Calls the callable below the tuple of arguments on top. */
  PickleWriter reduce() {
    out.write('R');
    return this;
  }

  /** Makes an object of the class below the tuple of arguments on top. */
  PickleWriter newObject() {
    out.write(0x81);
    return this;
  }

  /** Sets the state on top on the object below. */
  PickleWriter build() {
    out.write('b');
    return this;
  }

  /** Puts the pairs since the mark into the dict below it. */
  PickleWriter setItems() {
    out.write('u');
    return this;
  }

  /** The tuple on top names something outside of the pickle. */
  PickleWriter persistentId() {
    out.write('Q');
    return this;
  }

  byte[] stop() {
    out.write('.');
    return out.toByteArray();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
