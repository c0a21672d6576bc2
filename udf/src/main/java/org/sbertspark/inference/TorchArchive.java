package org.sbertspark.inference;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.sbertspark.torchscript.CompiledModel;
import org.sbertspark.torchscript.CompiledModel.Program;
import org.sbertspark.torchscript.Target;

/**
 * Writes the archive that {@code torch::jit::load} reads: one folder with the program, the pickled
 * module tree, and a file a tensor.
 */
final class TorchArchive implements AutoCloseable {
  private static final String ROOT = "model/";

  /** Tensors' files are this and their key. */
  static final String DATA = ROOT + "data/";

  /** A pickled empty tuple. */
  private static final byte[] NO_CONSTANTS = {(byte) 0x80, 2, ')', '.'};

  /** The format's version says which meaning of the operators holds: libtorch 1.13's to 2.x's. */
  private static final String VERSION = "10\n";

  private final StoredZip zip;

  TorchArchive(Path file) throws IOException {
    zip = new StoredZip(file);
  }

  /** Writes an archive of one of the model's programs. */
  static void write(CompiledModel compiled, Target target, Path file) throws IOException {
    Program program = compiled.programs().get(target);
    try (TorchArchive out = new TorchArchive(file)) {
      out.addProgram(program.code().getBytes(StandardCharsets.UTF_8), program.pickle());
      addTensors(out.zip, DATA, compiled);
    }
  }

  /** Adds the model's tensors under their keys. */
  static void addTensors(StoredZip zip, String folder, CompiledModel compiled) throws IOException {
    for (int key = 0; key < compiled.tensors().size(); key++) {
      var tensor = compiled.tensors().get(key);
      zip.add(folder + key, tensor.elements() * Float.BYTES, tensor::writeTo);
    }
  }

  void addProgram(byte[] code, byte[] pickle) throws IOException {
    zip.add(ROOT + "data.pkl", pickle);
    zip.add(ROOT + "code/__torch__.py", code);
    zip.add(ROOT + "constants.pkl", NO_CONSTANTS);
    zip.add(ROOT + "version", VERSION.getBytes(StandardCharsets.US_ASCII));
    zip.add(ROOT + "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
  }

  StoredZip zip() {
    return zip;
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
