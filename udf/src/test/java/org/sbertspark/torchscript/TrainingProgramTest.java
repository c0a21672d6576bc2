package org.sbertspark.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.testing.Folders;
import org.sbertspark.torchscript.CompiledModel.Program;

class TrainingProgramTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String DROPPED =
      "torch.add(torch.dropout(torch.linear(x, self.weight, self.bias), 0.25, self.training),"
          + " residual)";
  private static final String KEPT = "torch.add(torch.linear(x, self.weight, self.bias), residual)";

  @TempDir private Path folder;

  /** Where transformers' modules of each family call their dropout. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "bert-cls-lowercase-bin, true, true",
    "camembert-mean-normalize, true, true",
    "electra-mean-normalize, true, true",
    "mpnet-mean-normalize, true, true",
    "roberta-768-mean-normalize, true, true",
    "xlmr-mean-unigram, true, true",
    "distilbert-max-dense-tanh, false, true",
    "albert-mean-spiece, true, false",
  })
  void dropsWhereTransformersDoes(String model, boolean afterAttention, boolean afterFeedForward)
      throws IOException {
    Program program = program(model);
    String code = program.code();
    assertThat(code)
        .contains(
            "h = torch.dropout((self.embedding_norm).forward(h), 0.25, self.training)",
            "dropped = 0.125",
            "torch.scaled_dot_product_attention(q, k, v, %s, dropped, False)"
                .formatted(model.startsWith("mpnet") ? "biases[i]" : "None"));
    assertThat(code.contains(DROPPED)).isTrue();
    assertThat(code.contains(KEPT)).isEqualTo(!afterAttention || !afterFeedForward);
    assertThat(classOf("attention_output", program))
        .isEqualTo(afterAttention ? "DroppedLinearResidual" : "LinearResidual");
    assertThat(classOf("output", program))
        .isEqualTo(afterFeedForward ? "DroppedLinearResidual" : "LinearResidual");
  }

  private Program program(String model) throws IOException {
    Path copy = Folders.copy(Golden.read(model).folder(), folder.resolve("model"));
    Path config = copy.resolve("config.json");
    ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
    for (String hidden : List.of("hidden_dropout_prob", "dropout")) {
      json.put(hidden, 0.25);
    }
    for (String attention : List.of("attention_probs_dropout_prob", "attention_dropout")) {
      json.put(attention, 0.125);
    }
    JSON.writeValue(config.toFile(), json);
    return ModelCompiler.compileForTraining(ModelFolder.open(copy))
        .compiled()
        .programs()
        .get(Target.PLAIN);
  }

  /** The class whose name the pickle has behind the attribute's. */
  private static String classOf(String attribute, Program program) {
    String pickle = new String(program.pickle(), StandardCharsets.ISO_8859_1);
    // A string of the pickle stands behind its length, four bytes.
    int name = pickle.indexOf((char) attribute.length() + "\0\0\0" + attribute);
    int module = pickle.indexOf("__torch__\n", name) + "__torch__\n".length();
    return pickle.substring(module, pickle.indexOf('\n', module));
  }
}
