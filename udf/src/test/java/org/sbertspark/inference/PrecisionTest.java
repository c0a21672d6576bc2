package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.TestCache;
import org.sbertspark.torchscript.Target;

/** What becomes of vectors where the arithmetic is not the reference's. */
@ExtendWith(TestCache.class)
class PrecisionTest {
  @TempDir Path temporary;

  @ParameterizedTest
  @MethodSource("org.sbertspark.Golden#names")
  void everyFamilyStaysCloseToTheReference(String name) throws Exception {
    Golden golden = Golden.read(name);
    ModelBundle bundle = ModelBundle.of(golden.folder());
    float[][] exact = vectors(bundle, EncoderOptions.DEFAULT, golden.texts());

    float[][] int8 =
        vectors(bundle, EncoderOptions.DEFAULT.withPrecision(Precision.INT8), golden.texts());
    GoldenReport ofInt8 = GoldenTexts.compare(exact, int8);
    assertThat(ofInt8.leastCosine()).isGreaterThan(0.99).isLessThan(1);
    assertThat(ofInt8.meanCosine()).isGreaterThan(0.998);

    // Any CPU computes them, but only some quickly: SharedModels refuses the others.
    assertThat(narrow(bundle, Target.BFLOAT16, exact, golden).leastCosine()).isGreaterThan(0.9995);
    if (CpuFeatures.here().hasAvx512()) {
      assertThat(narrow(bundle, Target.PACKED_BFLOAT16, exact, golden).leastCosine())
          .isGreaterThan(0.9995);
    }
    assertThat(narrow(bundle, Target.FLOAT16, exact, golden).leastCosine()).isGreaterThan(0.99999);
  }

  private GoldenReport narrow(ModelBundle bundle, Target target, float[][] exact, Golden golden)
      throws Exception {
    Path archive = temporary.resolve(target.id() + ".pt");
    bundle.writeArchive(target, archive);
    try (LoadedModel model = LoadedModel.load(archive, bundle.tokenizerJson(), bundle.spec());
        SentenceEncoder encoder = model.newEncoder(EncoderOptions.DEFAULT)) {
      GoldenReport report = GoldenTexts.compare(exact, encoder.encode(golden.texts()).vectors());
      assertThat(report.largestDifference()).isGreaterThan(0);
      return report;
    }
  }

  /** Ranges are those of a batch: the same text moves, but little. */
  @Test
  void int8VectorsHardlyDependOnTheBatch() {
    Golden golden = Golden.read(Golden.ROBERTA);
    ModelBundle bundle = ModelBundle.of(golden.folder());
    EncoderOptions together = EncoderOptions.DEFAULT.withPrecision(Precision.INT8);
    EncoderOptions alone = new EncoderOptions(0, 1, 1).withPrecision(Precision.INT8);
    GoldenReport report =
        GoldenTexts.compare(
            vectors(bundle, alone, golden.texts()), vectors(bundle, together, golden.texts()));
    assertThat(report.leastCosine()).isGreaterThan(0.995);
  }

  @Test
  void everyPrecisionIsAModelOfItsOwnInMemory() {
    ModelBundle bundle = ModelBundle.of(Golden.read("electra-mean-normalize").folder());
    List<String> text = List.of("a text");
    vectors(bundle, EncoderOptions.DEFAULT, text);
    vectors(bundle, EncoderOptions.DEFAULT.withPrecision(Precision.INT8), text);
    int loads = SharedModels.loads();
    vectors(bundle, EncoderOptions.DEFAULT, text);
    vectors(bundle, EncoderOptions.DEFAULT.withPrecision(Precision.INT8), text);
    assertThat(SharedModels.loads()).isEqualTo(loads);
  }

  @Test
  void everyPrecisionHasAFingerprintOfItsOwn() {
    ModelBundle bundle = ModelBundle.of(Golden.read(Golden.ROBERTA).folder());
    assertThat(bundle.fingerprint(Precision.FLOAT32)).isEqualTo(bundle.fingerprint());
    Set<String> fingerprints = new HashSet<>();
    for (Precision precision : Precision.values()) {
      assertThat(bundle.fingerprint(precision)).matches("[0-9a-f]{64}");
      fingerprints.add(bundle.fingerprint(precision));
    }
    assertThat(fingerprints).hasSize(Precision.values().length);
  }

  @Test
  void bfloat16IsRefusedWhereTheCpuHasNoneOfIt() {
    assumeThat(CpuFeatures.here().multipliesBfloat16()).isFalse();
    ModelBundle bundle = ModelBundle.of(Golden.read(Golden.ROBERTA).folder());
    assertThatThrownBy(
            () ->
                SharedModels.encoder(
                    bundle.file(), EncoderOptions.DEFAULT.withPrecision(Precision.BFLOAT16)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("in bfloat16 on host ")
        .hasMessageContaining("avx512_bf16")
        .hasMessageContaining("use float32 or int8");
  }

  @Test
  void labelsAreReadWhateverTheirCase() {
    assertThat(Precision.of("Int8")).isEqualTo(Precision.INT8);
    assertThatThrownBy(() -> Precision.of("float64"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("precision is \"float64\", expected one of float32, int8, bfloat16, float16");
  }

  @Test
  void goldenTextsAreComparedByDirectionBelowFloat32() {
    GoldenTexts golden = new GoldenTexts(List.of("x"), new float[][] {{1, 0}});
    float[][] near = {{0.95f, 0.2f}};
    golden.verify(near, Precision.INT8, "m", "h");
    assertThatThrownBy(() -> golden.verify(near, Precision.FLOAT32, "m", "h"))
        .hasMessageContaining("largest difference");
    assertThatThrownBy(() -> golden.verify(new float[][] {{1, 1}}, Precision.INT8, "m", "h"))
        .hasMessageContaining("Model m in int8 on host h")
        .hasMessageContaining("cosine 0.7071, expected at least 0.90");
    assertThatThrownBy(
            () -> golden.verify(new float[][] {{Float.NaN, 1}}, Precision.INT8, "m", "h"))
        .hasMessageContaining("cosine NaN");
  }

  private static float[][] vectors(ModelBundle bundle, EncoderOptions options, List<String> texts) {
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), options)) {
      return encoder.encode(texts).vectors();
    }
  }
}
