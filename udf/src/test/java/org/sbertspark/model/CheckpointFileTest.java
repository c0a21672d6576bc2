package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.model.Checkpoints.Pickle;

class CheckpointFileTest {
  private static final long[] SHAPE_2X3 = {2, 3};
  private static final long[] ROWS_OF_3 = {3, 1};
  private static final byte[] SIX_FLOATS = Checkpoints.floats(1, 2, 3, 4, 5, 6);

  @TempDir Path folder;

  @Test
  void readsTheGoldenCheckpointsAsPythonDoes() throws URISyntaxException {
    // First and last element, and sum: from pickle and struct of Python's own library.
    Weights bert = golden("bert-cls-lowercase-bin");
    assertThat(bert.names()).hasSize(56).contains("embeddings.position_ids");
    assertThat(bert.get("embeddings.position_ids").dtype()).isEqualTo(DType.I64);
    assertTensor(
        bert.get("embeddings.word_embeddings.weight").requireShape(1070, 96),
        -0.015841545537114143,
        -0.06911687552928925,
        -25.817977079970433);
    assertTensor(
        bert.get("pooler.dense.weight").requireShape(96, 96),
        -0.10145352780818939,
        0.06510879099369049,
        1.2252694546796192);
    assertTensor(
        golden("camembert-mean-normalize")
            .get("embeddings.word_embeddings.weight")
            .requireShape(443, 96),
        0.07216490060091019,
        -0.10796818882226944,
        35.89059067699918);
    Weights dense = golden("distilbert-max-dense-tanh/2_Dense");
    assertThat(dense.names()).containsExactly("linear.weight", "linear.bias");
    assertTensor(
        dense.get("linear.bias").requireShape(40),
        -0.08935418725013733,
        0.01240475382655859,
        0.28935240721330047);
  }

  private static Weights golden(String model) throws URISyntaxException {
    var file = CheckpointFileTest.class.getResource("/golden/" + model + "/pytorch_model.bin");
    return CheckpointFile.open(Path.of(file.toURI()));
  }

  private static void assertTensor(Tensor tensor, double first, double last, double sum) {
    float[] values = tensor.toFloats();
    assertThat((double) values[0]).isEqualTo(first);
    assertThat((double) values[values.length - 1]).isEqualTo(last);
    double actual = 0;
    for (float value : values) {
      actual += value;
    }
    assertThat(actual).isCloseTo(sum, within(1e-9));
  }

  @Test
  void readsTheNewerFormatWithATransposedViewOfATiedStorage() throws IOException {
    assertSmall(open(Checkpoints.smallZip()));
  }

  @Test
  void readsArchivesBeyondFourGibibytes() throws IOException {
    assertSmall(open(Checkpoints.zip64(Checkpoints.smallZip())));
  }

  @Test
  void refusesCompressedEntries() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(new byte[1000]);
    }
    assertRefused(
        bytes.toByteArray(), "its entry archive/data.pkl is compressed or encrypted, expected");
  }

  @Test
  void readsTheOldFormatWithATransposedViewOfATiedStorage() throws IOException {
    assertSmall(open(Checkpoints.smallLegacy()));
  }

  private static void assertSmall(Weights weights) {
    assertThat(weights.names()).containsExactly("a", "b");
    assertThat(weights.get("a").requireShape(2, 3).toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(weights.get("b").requireShape(3, 2).toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThatThrownBy(() -> weights.get("c"))
        .isInstanceOf(ModelException.class)
        .hasMessageEndingWith("there is no tensor c");
  }

  @Test
  void readsEveryTypeOfStorage() throws IOException {
    Map<String, DType> types = new LinkedHashMap<>();
    types.put("DoubleStorage", DType.F64);
    types.put("FloatStorage", DType.F32);
    types.put("HalfStorage", DType.F16);
    types.put("BFloat16Storage", DType.BF16);
    types.put("LongStorage", DType.I64);
    types.put("IntStorage", DType.I32);
    types.put("ShortStorage", DType.I16);
    types.put("CharStorage", DType.I8);
    types.put("ByteStorage", DType.U8);
    types.put("BoolStorage", DType.BOOL);
    Pickle pickle = new Pickle().beginDict();
    Map<String, byte[]> storages = new HashMap<>();
    types.forEach(
        (name, dtype) -> {
          byte[] bytes = new byte[6 * dtype.bytes()];
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
          }
          storages.put(name, bytes);
          // Transposed, so that every width is gathered.
          pickle.tensor(name, name, name, 6, new long[] {3, 2}, new long[] {1, 3});
        });
    Weights weights = open(Checkpoints.zip(pickle.endDict().stop(), storages));
    types.forEach(
        (name, dtype) -> {
          Tensor tensor = weights.get(name);
          assertThat(tensor.dtype()).isEqualTo(dtype);
          byte[] second = new byte[dtype.bytes()];
          tensor.data().get(second.length, second);
          byte[] expected =
              Arrays.copyOfRange(storages.get(name), 3 * second.length, 4 * second.length);
          assertThat(second).as(name).isEqualTo(expected);
        });
  }

  @Test
  void readsParametersOffsetsScalarsAndEmptyTensors() throws IOException {
    Pickle pickle =
        new Pickle()
            .beginDict()
            .string("parameter")
            .global("torch._utils", "_rebuild_parameter")
            .op('(')
            .beginTensor()
            .storage("FloatStorage", "0", 6, false)
            .endTensor(4, new long[] {2}, new long[] {1})
            .bool(true)
            .global("collections", "OrderedDict")
            .op(')')
            .op('R')
            .op('t')
            .op('R')
            .string("scalar")
            .beginTensor()
            .storage("FloatStorage", "0", 6, false)
            .endTensor(5, new long[0], new long[0])
            .tensor("empty", "FloatStorage", "0", 6, new long[] {0, 3}, ROWS_OF_3)
            .string("step")
            .number(7)
            .endDict();
    Weights weights = open(Checkpoints.zip(pickle.stop(), Map.of("0", SIX_FLOATS)));
    assertThat(weights.names()).containsExactly("parameter", "scalar", "empty");
    assertThat(weights.get("parameter").toFloats()).containsExactly(5, 6);
    assertThat(weights.get("scalar").toFloats()).containsExactly(6);
    assertThat(weights.get("empty").toFloats()).isEmpty();
  }

  @Test
  void readsADictionaryAsPython2PicklesItAndItsAttributes() throws IOException {
    Pickle pickle =
        new Pickle()
            .global("collections", "OrderedDict")
            .op(']')
            .op(']')
            .op('(')
            .op('U')
            .raw(1, 'a')
            .beginTensor()
            .storage("FloatStorage", "0", 6, false)
            .endTensor(0, SHAPE_2X3, ROWS_OF_3)
            .op('e')
            .op('a')
            .raw(0x85)
            .op('R')
            .op('}')
            .string("_metadata")
            .op('}')
            .op('s')
            .op('b');
    assertThat(open(Checkpoints.zip(pickle.stop(), Map.of("0", SIX_FLOATS))).names())
        .containsExactly("a");
  }

  @Test
  void refusesEveryOtherNameAndSaysIt() {
    for (String name : List.of("os.system", "builtins.eval", "torch.load", "posix.system")) {
      int dot = name.lastIndexOf('.');
      byte[] pickle =
          new Pickle()
              .global(name.substring(0, dot), name.substring(dot + 1))
              .string("echo owned")
              .raw(0x85)
              .op('R')
              .stop();
      assertRefused(Checkpoints.zip(pickle, Map.of()), "its pickle names " + name + ", which");
      assertRefused(
          Checkpoints.legacy(pickle, Map.of(), Float.BYTES),
          "its pickle names " + name + ", which");
    }
    assertRefused(
        Checkpoints.zip(new Pickle().string("os").string("system").raw(0x93).stop(), Map.of()),
        "its pickle names os.system");
    assertRefused(
        Checkpoints.zip(new Pickle().global("a\u001b[31m", "b".repeat(500)).stop(), Map.of()),
        "names a?[31m.bbb");
  }

  @Test
  void refusesInstructionsThatAStateDictDoesNotNeed() {
    // NEWOBJ, and the text form of a number.
    assertRefused(Checkpoints.zip(new Pickle().raw(0x81).stop(), Map.of()), "instruction 0x81");
    assertRefused(Checkpoints.zip(new Pickle().op('I').stop(), Map.of()), "instruction 0x49");
    assertRefused(Checkpoints.zip(new byte[] {(byte) 0x80, 5, '.'}, Map.of()), "protocol 5");
  }

  @Test
  void refusesCallsAndStatesOfOtherThingsThanTensors() {
    assertRefused(
        Checkpoints.zip(
            new Pickle().global("torch", "FloatStorage").op(')').op('R').stop(), Map.of()),
        "calls something that is no function");
    assertRefused(
        Checkpoints.zip(new Pickle().op(']').op('}').op('b').stop(), Map.of()),
        "sets the state of an object");
    assertRefused(
        Checkpoints.zip(new Pickle().string("x").op('Q').stop(), Map.of()), "is no storage");
  }

  @Test
  void boundsTheWorkOfBombs() {
    // Twice as large at every step; whoever hashes, prints or walks it never ends.
    Pickle doubling = new Pickle().op(')');
    for (int i = 0; i < 200; i++) {
      doubling.op('q').raw(i).op('h').raw(i).raw(0x86);
    }
    assertRefused(Checkpoints.zip(doubling.stop(), Map.of()), "no dictionary of tensors");
    // As a key.
    Pickle key = new Pickle().op('}').op(')');
    for (int i = 0; i < 200; i++) {
      key.op('q').raw(i).op('h').raw(i).raw(0x86);
    }
    assertRefused(Checkpoints.zip(key.op('N').op('s').stop(), Map.of()), "a key that is no string");
    // A list that contains itself.
    assertRefused(
        Checkpoints.zip(
            new Pickle().op(']').op('q').raw(0).op('h').raw(0).op('a').stop(), Map.of()),
        "no dictionary of tensors");
    Pickle deep = new Pickle();
    for (int i = 0; i < 500_000; i++) {
      deep.op(']');
    }
    for (int i = 1; i < 500_000; i++) {
      deep.op('a');
    }
    assertRefused(Checkpoints.zip(deep.stop(), Map.of()), "no dictionary of tensors");
    byte[] objects = new byte[3_000_000];
    Arrays.fill(objects, (byte) '}');
    assertRefused(Checkpoints.zip(objects, Map.of()), "more than 2000000 instructions");
    assertRefused(
        Checkpoints.zip(new byte[(16 << 20) + 1], Map.of()), "16777217 bytes, expected at most");
  }

  @Test
  void refusesClaimsThatTheFileDoesNotKeep() {
    // A string of 2 GiB, and one of a negative length.
    assertRefused(
        Checkpoints.zip(new Pickle().op('X').raw(0xff, 0xff, 0xff, 0x7f).stop(), Map.of()),
        "cut off");
    assertRefused(
        Checkpoints.zip(new Pickle().op('X').raw(0xff, 0xff, 0xff, 0xff).stop(), Map.of()),
        "cut off");
    assertRefused(
        Checkpoints.zip(
            new Pickle().raw(0x8d).raw(new byte[] {0, 0, 0, 0, 0, 0, 0, 1}).stop(), Map.of()),
        "cut off");
    assertTensorRefused(7, SHAPE_2X3, ROWS_OF_3, "storage 0 needs 28 bytes, but has 24");
    assertTensorRefused(Long.MAX_VALUE, SHAPE_2X3, ROWS_OF_3, "elements");
    assertTensorRefused(-1, SHAPE_2X3, ROWS_OF_3, "elements");
    assertTensorRefused(6, new long[] {3, 3}, ROWS_OF_3, "does not fit");
    assertTensorRefused(6, new long[] {-2, -3}, ROWS_OF_3, "does not fit");
    assertTensorRefused(6, new long[] {2}, new long[] {6}, "does not fit");
    assertTensorRefused(6, new long[] {2}, new long[] {-1}, "does not fit");
    assertTensorRefused(6, new long[] {2}, new long[] {}, "does not fit");
    assertTensorRefused(6, new long[] {2}, new long[] {Long.MAX_VALUE}, "does not fit");
    // Terabytes out of six elements.
    assertTensorRefused(6, new long[] {1L << 20, 1L << 20}, new long[] {0, 0}, "does not fit");
    assertTensorRefused(6, new long[] {1L << 40, 1L << 40}, new long[] {0, 0}, "does not fit");
  }

  private void assertTensorRefused(
      long storageElements, long[] shape, long[] strides, String message) {
    byte[] pickle =
        new Pickle()
            .beginDict()
            .tensor("a", "FloatStorage", "0", storageElements, shape, strides)
            .endDict()
            .stop();
    assertRefused(Checkpoints.zip(pickle, Map.of("0", SIX_FLOATS)), message);
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    byte[] zip = Checkpoints.smallZip();
    byte[] legacy = Checkpoints.smallLegacy();
    for (int length = 0; length < zip.length; length++) {
      assertRefused(Arrays.copyOf(zip, length), "Cannot read weights from");
    }
    for (int length = 0; length < legacy.length; length++) {
      assertRefused(Arrays.copyOf(legacy, length), "Cannot read weights from");
    }
  }

  @Test
  void refusesWhatIsNoStateDict() {
    assertRefused(
        "not a checkpoint at all".getBytes(StandardCharsets.UTF_8),
        "neither a zip archive nor a pickle");
    assertRefused(Checkpoints.zipOf(Map.of("readme.txt", new byte[1])), "without one data.pkl");
    assertRefused(
        Checkpoints.zip(new Pickle().op('}').string("model").op('}').op('s').stop(), Map.of()),
        "holds no tensors");
    assertRefused(new Pickle().op('N').stop(), "not one that torch.save wrote");
    assertRefused(Checkpoints.zip(new Pickle().op('N').stop(), Map.of()), "no dictionary");
  }

  @Test
  void refusesBigEndianFiles() {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("x/data.pkl", new Pickle().op('}').stop());
    entries.put("x/byteorder", "big".getBytes(StandardCharsets.UTF_8));
    assertRefused(Checkpoints.zipOf(entries), "little-endian");
  }

  private Weights open(byte[] bytes) throws IOException {
    return CheckpointFile.open(Files.write(folder.resolve("pytorch_model.bin"), bytes));
  }

  private void assertRefused(byte[] bytes, String message) {
    assertThatThrownBy(() -> open(bytes))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }
}
