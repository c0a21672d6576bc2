package org.sbertspark.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sbertspark.model.StoredTensor.Storage;
import org.sbertspark.model.ZipDirectory.Extent;

/**
 * A state dict that {@code torch.save} wrote: {@code pytorch_model.bin}. Since PyTorch 1.6 it is a
 * zip archive with a pickle and one entry for each storage; before, it was five pickles and then
 * the storages one after the other. The pickles are interpreted by {@link Unpickler}, which runs
 * nothing. Storages stay in the file and are memory-mapped tensor by tensor.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/serialization.py">the format</a>
 */
public final class CheckpointFile implements Weights {
  private static final int ZIP_MAGIC = 0x04034b50;
  private static final String PICKLE = "data.pkl";
  private static final String LEGACY_MAGIC = "119547037146038801333356";
  private static final long LEGACY_VERSION = 1001;

  private final Path file;
  private final Map<String, StoredTensor> tensors;
  private final Map<String, Extent> storages;

  private CheckpointFile(
      Path file, Map<String, StoredTensor> tensors, Map<String, Extent> storages) {
    this.file = file;
    this.tensors = tensors;
    this.storages = storages;
  }

  /**
   * Reads the table of contents and checks it against the file's length.
   *
   * @throws ModelException if the file is cut off, lies, or names anything but tensors
   */
  public static CheckpointFile open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int startBytes = (int) Math.min(channel.size(), Integer.BYTES);
      ByteBuffer start = ChannelBytes.read(channel, 0, startBytes);
      boolean zip = startBytes == Integer.BYTES && start.getInt(0) == ZIP_MAGIC;
      return zip ? zip(channel, file) : legacy(channel, file);
    } catch (IOException e) {
      throw new ModelException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static CheckpointFile zip(FileChannel channel, Path file) throws IOException {
    ZipDirectory directory = ZipDirectory.read(channel, file);
    String root = root(directory, file);
    if (directory.names().contains(root + "byteorder")) {
      Extent order = directory.extent(root + "byteorder");
      ByteBuffer text =
          ChannelBytes.read(channel, order.offset(), (int) Math.min(order.bytes(), 16));
      requireLittleEndian(StandardCharsets.US_ASCII.decode(text).toString().equals("little"), file);
    }
    Extent pickle = directory.extent(root + PICKLE);
    if (pickle.bytes() > Unpickler.MAX_BYTES) {
      throw bad(
          file,
          "its pickle has %d bytes, expected at most %d"
              .formatted(pickle.bytes(), Unpickler.MAX_BYTES));
    }
    TorchObjects objects = new TorchObjects(file.toString());
    Object state =
        Unpickler.read(
            ChannelBytes.read(channel, pickle.offset(), (int) pickle.bytes()),
            file.toString(),
            objects);
    Map<String, Extent> storages = new HashMap<>();
    for (Storage storage : objects.storages().values()) {
      Extent extent = directory.extent(root + "data/" + storage.key());
      if (extent.bytes() < storage.bytes()) {
        throw bad(
            file,
            "storage %s needs %d bytes, but has %d"
                .formatted(Untrusted.printable(storage.key()), storage.bytes(), extent.bytes()));
      }
      storages.put(storage.key(), extent);
    }
    return new CheckpointFile(file, tensors(state, file), storages);
  }

  /** The archive's one folder, with a slash; its name is that of the file when it was written. */
  private static String root(ZipDirectory directory, Path file) {
    List<String> roots =
        directory.names().stream()
            .filter(name -> name.indexOf('/') == name.length() - PICKLE.length() - 1)
            .filter(name -> name.endsWith("/" + PICKLE))
            .map(name -> name.substring(0, name.length() - PICKLE.length()))
            .toList();
    if (roots.size() != 1) {
      throw bad(file, "it is a zip archive without one " + PICKLE + ": not a checkpoint");
    }
    return roots.get(0);
  }

  private static CheckpointFile legacy(FileChannel channel, Path file) throws IOException {
    ByteBuffer in =
        ChannelBytes.read(channel, 0, (int) Math.min(channel.size(), Unpickler.MAX_BYTES));
    if (in.remaining() < 2 || Byte.toUnsignedInt(in.get(0)) != 0x80) {
      throw bad(file, "it is neither a zip archive nor a pickle: not a checkpoint");
    }
    String where = file.toString();
    TorchObjects objects = new TorchObjects(where);
    if (!String.valueOf(Unpickler.read(in, where, objects)).equals(LEGACY_MAGIC)
        || !Long.valueOf(LEGACY_VERSION).equals(Unpickler.read(in, where, objects))) {
      throw bad(file, "it is a pickle, but not one that torch.save wrote");
    }
    Object system = Unpickler.read(in, where, objects);
    requireLittleEndian(
        system instanceof Map<?, ?> info && Boolean.TRUE.equals(info.get("little_endian")), file);
    Map<String, StoredTensor> tensors = tensors(Unpickler.read(in, where, objects), file);
    if (!(Unpickler.read(in, where, objects) instanceof List<?> keys)) {
      throw bad(file, "its pickle is damaged: there is no list of storages");
    }
    Map<String, Extent> storages = legacyStorages(channel, in.position(), keys, objects, file);
    if (!storages.keySet().containsAll(objects.storages().keySet())) {
      throw bad(file, "its list of storages is not complete");
    }
    return new CheckpointFile(file, tensors, storages);
  }

  /** Each storage is its number of elements in eight bytes, then the elements. */
  private static Map<String, Extent> legacyStorages(
      FileChannel channel, long position, List<?> keys, TorchObjects objects, Path file)
      throws IOException {
    Map<String, Extent> storages = new HashMap<>();
    for (Object key : keys) {
      Storage storage = key instanceof String name ? objects.storages().get(name) : null;
      if (storage == null) {
        throw bad(file, "it lists a storage that no tensor uses");
      }
      long rest = channel.size() - position;
      if (rest < Long.BYTES || rest - Long.BYTES < storage.bytes()) {
        throw bad(
            file,
            "storage %s needs %d bytes, but only %d are left: cut off?"
                .formatted(Untrusted.printable(storage.key()), storage.bytes(), rest));
      }
      long elements = ChannelBytes.read(channel, position, Long.BYTES).getLong();
      if (elements != storage.elements()) {
        throw bad(
            file,
            "storage %s has %d elements, expected %d"
                .formatted(Untrusted.printable(storage.key()), elements, storage.elements()));
      }
      Extent extent = new Extent(position + Long.BYTES, storage.bytes());
      if (storages.put(storage.key(), extent) != null) {
        throw bad(file, "it lists a storage twice");
      }
      position = extent.offset() + extent.bytes();
    }
    return storages;
  }

  private static void requireLittleEndian(boolean littleEndian, Path file) {
    if (!littleEndian) {
      throw bad(file, "it was not written on a little-endian machine");
    }
  }

  /** The tensors of a dictionary; what else stands beside them is left out. */
  private static Map<String, StoredTensor> tensors(Object state, Path file) {
    if (!(state instanceof Map<?, ?> dict)) {
      throw bad(file, "it holds no dictionary of tensors");
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : dict.entrySet()) {
      if (entry.getKey() instanceof String name && entry.getValue() instanceof StoredTensor view) {
        if (!view.fitsStorage()) {
          throw bad(
              file,
              "tensor %s claims a shape that does not fit its storage of %d elements"
                  .formatted(Untrusted.printable(name), view.storage().elements()));
        }
        tensors.put(name, view);
      }
    }
    if (tensors.isEmpty() && !dict.isEmpty()) {
      throw bad(file, "its dictionary holds no tensors: expected a state dict, nothing around it");
    }
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public String format() {
    return "PyTorch checkpoint";
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Tensor get(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw bad(file, "there is no tensor " + name);
    }
    Storage storage = tensor.storage();
    int width = storage.dtype().bytes();
    long bytes = tensor.elements() * width;
    boolean inPlace = bytes == 0 || tensor.isContiguous();
    if (bytes > Integer.MAX_VALUE || (!inPlace && storage.bytes() > Integer.MAX_VALUE)) {
      throw bad(file, "tensor " + name + " is larger than 2 GiB");
    }
    long begin = storages.get(storage.key()).offset();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer data =
          inPlace
              ? ChannelBytes.map(channel, begin + tensor.offset() * width, bytes)
              : tensor.gather(ChannelBytes.map(channel, begin, storage.bytes()));
      return new Tensor(name, storage.dtype(), tensor.shape(), data);
    } catch (IOException e) {
      throw new ModelException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static ModelException bad(Path file, String what) {
    return new ModelException("Cannot read weights from " + file + ": " + what);
  }
}
