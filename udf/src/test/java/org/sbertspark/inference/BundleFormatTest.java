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
          Target.PLAIN, "528df26746db54880a83f18e0e0879518e642ffbe4e3f8a56a195e4b853de8a7",
          Target.FUSED, "9a3d706acee7c6375dfdc6faf24b24f824374799cff7c102921c377f9f422edb",
          Target.PACKED, "f129c7574668a641c3e9113ea9d022f91d520538af1ad2d1bc885469b576594d",
          Target.INT8, "b8204d14e29587647be6bd144cd049b24137ecf9edded0d27cfa9047a0c07f1e",
          Target.BFLOAT16, "853993f0d931909a194f7c7896769e7aba08c92223fd48d982431998a5504793",
          Target.PACKED_BFLOAT16,
              "e6e8162d00266e5b5327f3c20b380bc8c6ea976b5a06e41fc28330de8715b7e2",
          Target.FLOAT16, "dbd6147f25c043a100cc857368f441ca7590781be6d541075db9a08def1e2c76");

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
