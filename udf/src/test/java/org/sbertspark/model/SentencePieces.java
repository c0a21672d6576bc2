package org.sbertspark.model;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Writes SentencePiece models. */
final class SentencePieces {
  private SentencePieces() {}

  /** A model without normalisation rules, whose pieces all have the score -1. */
  static byte[] model(int type, int unknownId, List<String> pieces) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      for (String text : pieces) {
        ByteArrayOutputStream pieceBytes = new ByteArrayOutputStream();
        CodedOutputStream piece = CodedOutputStream.newInstance(pieceBytes);
        piece.writeString(1, text);
        piece.writeFloat(2, -1);
        piece.flush();
        out.writeByteArray(1, pieceBytes.toByteArray());
      }
      ByteArrayOutputStream trainerBytes = new ByteArrayOutputStream();
      CodedOutputStream trainer = CodedOutputStream.newInstance(trainerBytes);
      trainer.writeEnum(3, type);
      trainer.writeInt32(40, unknownId);
      trainer.flush();
      out.writeByteArray(2, trainerBytes.toByteArray());
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
