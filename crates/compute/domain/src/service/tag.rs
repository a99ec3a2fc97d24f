//! The subjects of services.

/// The subject of a service, one of those that engines know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// Generic (GNR)
    Generic,
    /// Image Processing (IP)
    ImageProcessing,
    /// Image Recognition (IR)
    ImageRecognition,
    /// Image Generation (IG)
    ImageGeneration,
    /// Audio Processing (AP)
    AudioProcessing,
    /// Audio Generation (AG)
    AudioGeneration,
    /// Video Processing (VP)
    VideoProcessing,
    /// Video Generation (VG)
    VideoGeneration,
    /// Document Processing (DP)
    DocumentProcessing,
    /// Document Generation (DG)
    DocumentGeneration,
    /// Data Preprocessing (DPP)
    DataPreprocessing,
    /// Natural Language Processing (NLP)
    NaturalLanguageProcessing,
    /// Anomaly Detection (AD)
    AnomalyDetection,
    /// Recommendation (R)
    Recommendation,
    /// Time Series (TS)
    TimeSeries,
    /// Clustering (C)
    Clustering,
    /// Segmentation (S)
    Segmentation,
    /// Speech Recognition (SR)
    SpeechRecognition,
    /// Sentiment Analysis (SA)
    SentimentAnalysis,
    /// Neural Networks (NN)
    NeuralNetworks,
    /// Explainable AI (XAI)
    ExplainableAi,
}

impl Tag {
    /// Its name in the protocol.
    pub const fn name(self) -> &'static str {
        self.names().0
    }

    /// Its short name in the protocol.
    pub const fn acronym(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Generic => ("Generic", "GNR"),
            Self::ImageProcessing => ("Image Processing", "IP"),
            Self::ImageRecognition => ("Image Recognition", "IR"),
            Self::ImageGeneration => ("Image Generation", "IG"),
            Self::AudioProcessing => ("Audio Processing", "AP"),
            Self::AudioGeneration => ("Audio Generation", "AG"),
            Self::VideoProcessing => ("Video Processing", "VP"),
            Self::VideoGeneration => ("Video Generation", "VG"),
            Self::DocumentProcessing => ("Document Processing", "DP"),
            Self::DocumentGeneration => ("Document Generation", "DG"),
            Self::DataPreprocessing => ("Data Preprocessing", "DPP"),
            Self::NaturalLanguageProcessing => ("Natural Language Processing", "NLP"),
            Self::AnomalyDetection => ("Anomaly Detection", "AD"),
            Self::Recommendation => ("Recommendation", "R"),
            Self::TimeSeries => ("Time Series", "TS"),
            Self::Clustering => ("Clustering", "C"),
            Self::Segmentation => ("Segmentation", "S"),
            Self::SpeechRecognition => ("Speech Recognition", "SR"),
            Self::SentimentAnalysis => ("Sentiment Analysis", "SA"),
            Self::NeuralNetworks => ("Neural Networks", "NN"),
            Self::ExplainableAi => ("Explainable AI", "XAI"),
        }
    }
}
