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
          Target.PLAIN, "94e28797a4ee0fb9815d0fdce46068fedc03b208809cf321cb46925e2774984b",
          Target.FUSED, "36c2f9f25695120f5835b5dd4a730446d99f60b9778696c0786fe77397b74fa1",
          Target.PACKED, "1d2b49676f4e77a51740eb6591b5653d2006a339ea1b81e0891b1225346c2639",
          Target.INT8, "07a3820c6a6838e1e9074b14bcdcbe808f49a685816d16b4a156eac876246776",
          Target.BFLOAT16, "8243b9c472dcab11db469bc4296e1e9e97a40a1b9a09f4dc49d591d4535822e6",
          Target.PACKED_BFLOAT16,
              "e1b61c08b24be9ef0c6b5ac4af6c13770fd6f2d250fffad76478d1554296e2bd",
          Target.FLOAT16, "ec7b903305b10493998e6e4ce206e2ceee2359a8a4e9bef41a279358b613a45e");

  private static final int FORMAT = 6;

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
