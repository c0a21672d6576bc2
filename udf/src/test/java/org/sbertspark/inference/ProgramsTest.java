package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.TestCache;
import org.sbertspark.torchscript.Target;

@ExtendWith(TestCache.class)
class ProgramsTest {
  private static final CpuFeatures AVX2 = CpuFeatures.of(List.of("flags : fpu avx2 fma"));
  private static final CpuFeatures AVX512 =
      CpuFeatures.of(List.of("flags : fpu avx2 avx512f avx512bw avx512vl avx512_bf16"));
  private static final ComputeDevice GPU = new ComputeDevice(0);

  @AfterEach
  void forget() {
    System.clearProperty(Programs.PROPERTY);
  }

  @Test
  void plainProgramRunsWhereFusedOperatorsAreUnknown() {
    assertThat(Programs.toTry(Precision.FLOAT32, ComputeDevice.CPU, "Mac OS X", AVX512))
        .containsExactly(Target.PLAIN);
    assertThat(Programs.toTry(Precision.FLOAT32, GPU, "Linux", AVX512))
        .containsExactly(Target.PLAIN);
    assertThat(Programs.toTry(Precision.BFLOAT16, GPU, "Linux", AVX512))
        .containsExactly(Target.BFLOAT16);
  }

  @Test
  void weightsArePackedForWideRegistersAlone() {
    assertThat(Programs.toTry(Precision.FLOAT32, ComputeDevice.CPU, "Linux", AVX2))
        .containsExactly(Target.FUSED, Target.PLAIN);
    assertThat(Programs.toTry(Precision.FLOAT32, ComputeDevice.CPU, "Linux", AVX512))
        .containsExactly(Target.PACKED, Target.FUSED, Target.PLAIN);
    assertThat(Programs.toTry(Precision.BFLOAT16, ComputeDevice.CPU, "Linux", AVX512))
        .containsExactly(Target.PACKED_BFLOAT16, Target.BFLOAT16);
  }

  @Test
  void programIsTheOneAskedFor() {
    System.setProperty(Programs.PROPERTY, "Fused");
    assertThat(Programs.toTry(Precision.FLOAT32, ComputeDevice.CPU)).containsExactly(Target.FUSED);
  }

  @Test
  void unknownProgramIsRefusedWithThoseThereAre() {
    System.setProperty(Programs.PROPERTY, "turbo");
    assertThatThrownBy(() -> Programs.toTry(Precision.FLOAT32, ComputeDevice.CPU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "SBERT_SPARK_PROGRAM is \"turbo\", expected for float32 one of packed, fused, plain");
    System.setProperty(Programs.PROPERTY, "packed");
    assertThatThrownBy(() -> Programs.toTry(Precision.FLOAT32, GPU))
        .hasMessage("SBERT_SPARK_PROGRAM is \"packed\", expected for float32 one of plain");
  }

  /** On any x86 or ARM Linux: oneDNN's layout is the CPU's own. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "fused", "packed"})
  void everyProgramGivesTheReferencesVectors(String program) throws Exception {
    System.setProperty(Programs.PROPERTY, program);
    Golden golden = Golden.read("electra-mean-normalize");
    ModelBundle bundle = ModelBundle.of(golden.folder());
    try (LoadedModel model = SharedModels.load(bundle, EncoderOptions.DEFAULT);
        SentenceEncoder encoder = model.newEncoder(EncoderOptions.DEFAULT)) {
      float[][] vectors = encoder.encode(golden.texts()).vectors();
      assertThat(GoldenTexts.compare(golden.vectors(), vectors).largestDifference())
          .isLessThan(1e-5);
    }
  }

  /** Whatever kernels a shape has, in one thread or in two. */
  @ParameterizedTest
  @CsvSource({
    "plain,1",
    "fused,1",
    "packed,1",
    "plain,2",
    "fused,2",
    "packed,2",
  })
  void vectorsDoNotDependOnTheBatchInAnyProgram(String program, int threads) throws Exception {
    System.setProperty(Programs.PROPERTY, program);
    for (String name : List.of(Golden.ROBERTA, "mpnet-mean-normalize")) {
      Golden golden = Golden.read(name);
      ModelBundle bundle = ModelBundle.of(golden.folder());
      try (LoadedModel model = SharedModels.load(bundle, EncoderOptions.DEFAULT);
          SentenceEncoder alone = model.newEncoder(new EncoderOptions(0, 1, threads));
          SentenceEncoder together = model.newEncoder(new EncoderOptions(0, 4096, threads))) {
        GoldenReport report =
            GoldenTexts.compare(
                alone.encode(golden.texts()).vectors(), together.encode(golden.texts()).vectors());
        assertThat(report.largestDifference()).as(name).isLessThan(1e-6);
      }
    }
  }

  @Test
  void cpuFeaturesAreReadAsLinuxTellsThem() {
    assertThat(CpuFeatures.of(List.of("flags\t\t: fpu avx2 avx512_bf16 sse")).multipliesBfloat16())
        .isTrue();
    assertThat(CpuFeatures.of(List.of("flags : fpu amx_bf16")).multipliesBfloat16()).isTrue();
    assertThat(CpuFeatures.of(List.of("Features\t: fp asimd bf16 i8mm")).multipliesBfloat16())
        .isTrue();
    CpuFeatures none =
        CpuFeatures.of(List.of("model name : bf16", "flags\t\t: fpu avx2 avx512f", ""));
    assertThat(none.multipliesBfloat16()).isFalse();
    assertThat(none.hasAvx512()).isFalse();
    assertThat(AVX512.hasAvx512()).isTrue();
    assertThat(new CpuFeatures(Set.of()).multipliesBfloat16()).isFalse();
  }
}
