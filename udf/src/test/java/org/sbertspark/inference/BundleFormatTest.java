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
          Target.PLAIN, "4672296d33a4f11b833050bb4f17c5e737958e9dec53e2ae1dfa103eb57f129b",
          Target.FUSED, "9b213a03107fe5877da56640cf481772a864cfe7fcc7f5c74e78613c27c08d91",
          Target.PACKED, "a353f7d7ff344346031086499dbf6b6a0df23f3c51895f310aa1faf40ede5dcd",
          Target.INT8, "7a98e8ea54b2f2aa8bbf2622754ebf8fba31a9b94e89a32b2366aa6bc704d935",
          Target.BFLOAT16, "e27db9a385dbe0d4636f22b69af78905efce269347ddb5e9202d31f18c6772b8",
          Target.PACKED_BFLOAT16,
              "a4a556ef5ffd75ed717ae3dfba4a8f28ef1deb4bb5d5d20ce67a6e4ebe290868",
          Target.FLOAT16, "e9c6f5ce89e990bf4225ac7628de748dbfc60cc57306ff72f205621e3fa12e53");

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
