package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file: eight bytes with the header's length (little-endian), a JSON header {@code
 * name -> {dtype, shape, data_offsets}}, then the data, to which the offsets are relative. Tensors
 * are memory-mapped one by one, when asked for.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class SafetensorsFile implements Weights {
  private static final int PREFIX_BYTES = 8;

  /** As in the reference reader: a longer header is hostile. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private final Path file;
  private final Map<String, Entry> entries;

  /** Where a tensor's bytes are; {@code begin} counts from the start of the file. */
  private record Entry(DType dtype, List<Long> shape, long begin, long bytes) {}

  private SafetensorsFile(Path file, Map<String, Entry> entries) {
    this.file = file;
    this.entries = entries;
  }

  /**
   * Reads the header and checks every entry against the file's length.
   *
   * @throws ModelException if the file is cut off or its header lies
   */
  @SuppressWarnings("ByteBufferBackingArray") // allocated by ChannelBytes
  public static SafetensorsFile open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < PREFIX_BYTES) {
        throw bad(file, "the file has " + size + " bytes and is cut off");
      }
      long headerBytes = ChannelBytes.read(channel, 0, PREFIX_BYTES).getLong();
      if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > size - PREFIX_BYTES) {
        throw bad(
            file,
            "the header claims %s bytes, the file has %d: cut off or not safetensors"
                .formatted(Long.toUnsignedString(headerBytes), size));
      }
      ByteBuffer header = ChannelBytes.read(channel, PREFIX_BYTES, (int) headerBytes);
      return new SafetensorsFile(
          file, parse(file, header.array(), PREFIX_BYTES + headerBytes, size));
    } catch (IOException e) {
      throw new ModelException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, Entry> parse(Path file, byte[] json, long dataStart, long fileSize) {
    JsonNode header = Json.parse(json, file + " (header)");
    if (!header.isObject()) {
      throw bad(file, "the header is not a JSON object");
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    header
        .fields()
        .forEachRemaining(
            field -> {
              if (!field.getKey().equals("__metadata__")) {
                entries.put(
                    field.getKey(),
                    entry(file, field.getKey(), field.getValue(), dataStart, fileSize));
              }
            });
    return Collections.unmodifiableMap(entries);
  }

  private static Entry entry(
      Path file, String name, JsonNode value, long dataStart, long fileSize) {
    DType dtype;
    try {
      dtype = DType.valueOf(value.path("dtype").asText());
    } catch (IllegalArgumentException e) {
      throw bad(
          file, "tensor " + name + " has the unknown dtype " + Json.brief(value.path("dtype")));
    }
    List<Long> shape = new ArrayList<>();
    for (JsonNode size : value.path("shape")) {
      shape.add(wholeNumber(file, name, size));
    }
    JsonNode offsets = value.path("data_offsets");
    if (!value.path("shape").isArray() || !offsets.isArray() || offsets.size() != 2) {
      throw bad(file, "tensor " + name + " has no shape or no data_offsets");
    }
    long begin = wholeNumber(file, name, offsets.get(0));
    long end = wholeNumber(file, name, offsets.get(1));
    long dataBytes = fileSize - dataStart;
    if (begin > end || end > dataBytes) {
      throw bad(
          file,
          "tensor %s lies at bytes %d to %d, but the file holds %d bytes of data: cut off?"
              .formatted(name, begin, end, dataBytes));
    }
    long elements = Tensor.elements(shape);
    if (elements > dataBytes || elements * dtype.bytes() != end - begin) {
      throw bad(
          file,
          "tensor %s of %s %s does not fill its %d bytes"
              .formatted(name, dtype, shape, end - begin));
    }
    return new Entry(dtype, shape, dataStart + begin, end - begin);
  }

  private static long wholeNumber(Path file, String tensor, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw bad(
          file,
          "tensor %s: %s is not a whole number of 0 or more".formatted(tensor, Json.brief(value)));
    }
    return value.longValue();
  }

  @Override
  public String format() {
    return "safetensors";
  }

  @Override
  public Set<String> names() {
    return entries.keySet();
  }

  @Override
  public Tensor get(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw bad(file, "there is no tensor " + name);
    }
    if (entry.bytes > Integer.MAX_VALUE) {
      throw bad(file, "tensor " + name + " is larger than 2 GiB");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new Tensor(
          name, entry.dtype, entry.shape, ChannelBytes.map(channel, entry.begin, entry.bytes));
    } catch (IOException e) {
      throw new ModelException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static ModelException bad(Path file, String what) {
    return new ModelException("Cannot read weights from " + file + ": " + what);
  }
}
