package org.sbertspark.model;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes files of weights byte by byte, well-formed and hostile ones. */
final class Checkpoints {
  private Checkpoints() {}

  /** A pickle under construction, one method an instruction. */
  static final class Pickle {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Pickle() {
      raw(0x80, 2);
    }

    Pickle raw(int... bytes) {
      for (int b : bytes) {
        out.write(b);
      }
      return this;
    }

    Pickle raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Pickle op(char code) {
      return raw(code);
    }

    Pickle global(String module, String name) {
      return op('c').raw((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    }

    Pickle string(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return op('X').raw(littleEndian(bytes.length, Integer.BYTES)).raw(bytes);
    }

    Pickle number(long number) {
      return raw(0x8a, Long.BYTES).raw(littleEndian(number, Long.BYTES));
    }

    Pickle bool(boolean value) {
      return raw(value ? 0x88 : 0x89);
    }

    Pickle tuple(long... numbers) {
      op('(');
      for (long number : numbers) {
        number(number);
      }
      return op('t');
    }

    /** Begins an ordered dictionary, to which pairs are added until {@link #endDict}. */
    Pickle beginDict() {
      return global("collections", "OrderedDict").op(')').op('R').op('(');
    }

    Pickle endDict() {
      return op('u');
    }

    /** A storage by its persistent id; the old format has one more part. */
    Pickle storage(String type, String key, long elements, boolean legacy) {
      op('(').string("storage").global("torch", type).string(key).string("cpu").number(elements);
      return (legacy ? op('N') : this).op('t').op('Q');
    }

    Pickle beginTensor() {
      return global("torch._utils", "_rebuild_tensor_v2").op('(');
    }

    /** What follows the storage. */
    Pickle endTensor(long offset, long[] shape, long[] strides) {
      number(offset).tuple(shape).tuple(strides).bool(false);
      return global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
    }

    Pickle tensor(
        String name, String type, String key, long elements, long[] shape, long[] strides) {
      return string(name)
          .beginTensor()
          .storage(type, key, elements, false)
          .endTensor(0, shape, strides);
    }

    byte[] stop() {
      return op('.').out.toByteArray();
    }
  }

  static byte[] littleEndian(long value, int bytes) {
    byte[] all =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return Arrays.copyOf(all, bytes);
  }

  static byte[] floats(float... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.array();
  }

  /** The newer format. */
  static byte[] zip(byte[] pickle, Map<String, byte[]> storages) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", pickle);
    storages.forEach((key, bytes) -> entries.put("archive/data/" + key, bytes));
    entries.put("archive/version", new byte[] {'3', '\n'});
    return zipOf(entries);
  }

  static byte[] zipOf(Map<String, byte[]> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(entry.getValue());
        ZipEntry header = new ZipEntry(entry.getKey());
        header.setMethod(ZipEntry.STORED);
        header.setSize(entry.getValue().length);
        header.setCrc(crc.getValue());
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The same archive with all sizes and offsets in 64-bit fields, as beyond 4 GiB. */
  static byte[] zip64(byte[] zip) {
    ByteBuffer in = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    int end = zip.length - 22;
    int directory = in.getInt(end + 16);
    ByteBuffer out = ByteBuffer.allocate(2 * zip.length + 100).order(ByteOrder.LITTLE_ENDIAN);
    out.put(zip, 0, directory);
    for (int at = directory; at < end; ) {
      int name = in.getShort(at + 28);
      int header = out.position();
      out.put(zip, at, 46 + name);
      out.putInt(header + 20, -1).putInt(header + 24, -1).putInt(header + 42, -1);
      // An unknown field first, then the sizes and the offset.
      out.putShort(header + 30, (short) (4 + 2 + 4 + 24)).putShort(header + 32, (short) 0);
      out.putShort((short) 0x7777).putShort((short) 2).putShort((short) 0);
      out.putShort((short) 1).putShort((short) 24);
      out.putLong(in.getInt(at + 24)).putLong(in.getInt(at + 20)).putLong(in.getInt(at + 42));
      at += 46 + name + in.getShort(at + 30) + in.getShort(at + 32);
    }
    int end64 = out.position();
    out.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
    out.putLong(0).putLong(in.getShort(end + 8)).putLong(in.getShort(end + 10));
    out.putLong(end64 - directory).putLong(directory);
    out.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
    out.put(zip, end, 8).putShort((short) -1).putShort((short) -1).putInt(-1).putInt(-1);
    out.putShort((short) 0);
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The format before PyTorch 1.6: five pickles, then each storage behind its length. */
  static byte[] legacy(byte[] state, Map<String, byte[]> storages, int elementBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] magic = {0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a, (byte) 0xa8};
    out.writeBytes(new Pickle().raw(0x8a, 10).raw(magic).raw(0x50, 0x19).stop());
    out.writeBytes(new Pickle().op('M').raw(0xe9, 0x03).stop());
    Pickle system = new Pickle().op('}').op('(');
    out.writeBytes(system.string("little_endian").bool(true).op('u').stop());
    out.writeBytes(state);
    Pickle keys = new Pickle().op(']').op('(');
    storages.keySet().forEach(keys::string);
    out.writeBytes(keys.op('e').stop());
    for (byte[] bytes : storages.values()) {
      out.writeBytes(littleEndian(bytes.length / elementBytes, Long.BYTES));
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  /** A safetensors file of this header and data. */
  static byte[] safetensors(String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data)
        .array();
  }

  /** Two float tensors, "a" of shape [2, 3] and "b" its transposed view, in the newer format. */
  static byte[] smallZip() {
    byte[] pickle = smallState(false);
    return zip(pickle, Map.of("0", floats(1, 2, 3, 4, 5, 6)));
  }

  /** The same in the old format. */
  static byte[] smallLegacy() {
    return legacy(smallState(true), Map.of("0", floats(1, 2, 3, 4, 5, 6)), Float.BYTES);
  }

  private static byte[] smallState(boolean legacy) {
    return new Pickle()
        .beginDict()
        .string("a")
        .beginTensor()
        .storage("FloatStorage", "0", 6, legacy)
        .endTensor(0, new long[] {2, 3}, new long[] {3, 1})
        .string("b")
        .beginTensor()
        .storage("FloatStorage", "0", 6, legacy)
        .endTensor(0, new long[] {3, 2}, new long[] {1, 3})
        .endDict()
        .stop();
  }
}
