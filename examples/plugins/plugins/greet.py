def main(language):
    return {"en": "Hello!", "fr": "Bonjour !"}[language]
