package org.sbertspark.job.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sbertspark.job.demo.SampleCorpus.SampleText;
import org.sbertspark.training.BytePairTrainer;
import org.sbertspark.training.BytePairVocabulary;

/**
 * Makes the demo model: a sentence-transformers folder of the RoBERTa architecture, small and
 * purely lexical, learned in seconds from the sample texts that are not held out and from some
 * prose. Every run writes the same bytes.
 */
public final class DemoModel {
  static final int VOCABULARY = 5000;
  private static final int RANK = 51;

  private DemoModel() {}

  /**
   * Writes the model.
   *
   * @param folder is made if it does not exist; files of the same names are replaced
   */
  public static void write(Path folder) throws IOException {
    List<String> texts =
        Stream.concat(
                SampleCorpus.texts().stream().filter(text -> !text.heldOut()).map(SampleText::text),
                SampleCorpus.prose().stream())
            .toList();
    write(folder, texts);
  }

  static void write(Path folder, List<String> texts) throws IOException {
    BytePairTrainer trainer = new BytePairTrainer();
    texts.forEach(trainer::add);
    BytePairVocabulary vocabulary = trainer.train(VOCABULARY);
    double[][] vectors = TokenVectors.learn(vocabulary, texts, RANK);

    Files.createDirectories(folder.resolve("1_Pooling"));
    vocabulary.write(folder);
    RobertaTensors.of(vectors).write(folder.resolve("model.safetensors"));
    ModelFiles.write(folder, vocabulary.size());
  }
}
