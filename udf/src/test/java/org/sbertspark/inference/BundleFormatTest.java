package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.torchscript.CompiledModel.Program;
import org.sbertspark.torchscript.ModelCompiler;
import org.sbertspark.torchscript.Target;

/**
 * Caches and saved pipelines keep compiled programs under the model's fingerprint and the format's
 * number. A program that changes under the same number is one that nobody runs.
 */
class BundleFormatTest {
  /** One of each family, and all kinds of modules. */
  private static final List<String> MODELS =
      List.of(
          Golden.ROBERTA,
          "albert-mean-spiece",
          "bert-cls-lowercase-bin",
          "camembert-mean-normalize",
          "distilbert-max-dense-tanh",
          "electra-mean-normalize",
          "mpnet-mean-normalize",
          "roberta-four-poolings-bf16",
          "xlmr-mean-unigram");

  /** SHA-256 of the programs that belong to {@link #FORMAT}. */
  private static final Map<Target, String> PROGRAMS =
      Map.of(
          Target.PLAIN, "8bdd10c71f73ee90ff5daaa73f5dcc206de942adbe579c6b5ea0b1e33895b30e",
          Target.FUSED, "5ae571b11575e59813bee134b09aadf8f5b0f8181b1a5b7c2345958d2ca3c389",
          Target.PACKED, "739c6232e7140e2ea5d51576c51ae9eaa721de290aa581a9e375f21b6a6f9186",
          Target.INT8, "13cac8186ddd185587d1bc5cae1ef30a56dd9eb32dbf740efc5ff01f0275d02d",
          Target.BFLOAT16, "bcb8cfda363ce1529af4d54f8534b334268590342830b77c3142e6443bfd5237",
          Target.PACKED_BFLOAT16,
              "d88fd565ecf97a7969dfd1e9e1b312ad4f20afba2108525e2b105340198c1c6e",
          Target.FLOAT16, "830fa3db4ae0227526a0706d3a95f6f97abd8a5cb12e51157994c3c8100c5199");

  private static final int FORMAT = 7;

  /** Its digits are not those of a program. */
  private static final Locale ARABIC = Locale.forLanguageTag("ar-EG-u-nu-arab");

  @ParameterizedTest
  @EnumSource
  void programsOfAFormatNeverChange(Target target) throws Exception {
    assertThat(PROGRAMS)
        .as(
            "The compiled programs have changed: raise ModelBundle.FORMAT and write its new number"
                + " and this hash here")
        .containsEntry(target, programs(target));
    assertThat(ModelBundle.FORMAT)
        .as("ModelBundle.FORMAT was raised: write its new number here")
        .isEqualTo(FORMAT);
  }

  @Test
  void programsAreTheSameInEveryLanguage() throws Exception {
    Locale before = Locale.getDefault();
    Locale.setDefault(ARABIC);
    try {
      assertThat("%d".formatted(1)).isNotEqualTo("1");
      for (Target target : Target.values()) {
        assertThat(programs(target)).isEqualTo(PROGRAMS.get(target));
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  private static String programs(Target target) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String model : MODELS) {
      Program program =
          ModelCompiler.compile(ModelFolder.open(Golden.read(model).folder()))
              .programs()
              .get(target);
      digest.update(program.code().getBytes(StandardCharsets.UTF_8));
      digest.update(program.pickle());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
