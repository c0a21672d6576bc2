package org.sbertspark.job.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sbertspark.job.demo.SampleCorpus.SampleText;
import org.sbertspark.training.BytePairTrainer;
import org.sbertspark.training.BytePairVocabulary;
import org.sbertspark.training.RobertaFolder;

/**
 * Makes the demo model: a sentence-transformers folder of the RoBERTa architecture, small and
 * purely lexical, learned in seconds from the sample texts that are not held out and from some
 * prose. Every run writes the same bytes.
 */
public final class DemoModel {

  /** At most: the texts run out of repeated pairs at about 3,000. */
  private static final int VOCABULARY = 5000;

  /** What the token vectors have before they are spread over 768; any number near does as well. */
  private static final int DIMENSIONS = 50;

  private DemoModel() {}

  /**
   * Writes the model.
   *
   * @param folder is made if it does not exist; files of the same names are replaced
   */
  public static void write(Path folder) throws IOException {
    List<String> texts = trainingTexts();
    BytePairVocabulary vocabulary = vocabulary(texts);
    double[][] vectors = TokenVectors.learn(vocabulary, texts, DIMENSIONS);

    Files.createDirectories(folder);
    vocabulary.write(folder);
    RobertaTensors.of(vectors).write(folder.resolve("model.safetensors"));
    RobertaFolder.write(
        folder,
        RobertaTensors.shape(vocabulary.size()),
        RobertaTensors.MAX_SEQUENCE_LENGTH,
        false,
        RobertaTensors.DTYPE,
        DemoCard.TEXT);
  }

  static List<String> trainingTexts() {
    Stream<String> samples =
        SampleCorpus.texts().stream().filter(text -> !text.heldOut()).map(SampleText::text);
    return Stream.concat(samples, SampleCorpus.prose().stream()).toList();
  }

  static BytePairVocabulary vocabulary(List<String> texts) {
    BytePairTrainer trainer = new BytePairTrainer();
    texts.forEach(trainer::add);
    return trainer.train(VOCABULARY);
  }
}
